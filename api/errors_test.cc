#include "kinesis_core/api/errors.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace kinesis::api {
namespace {

constexpr ErrorType kLast = ErrorType::kUnknownOperation;

TEST(ErrorsTest, AnErrorCarriesItsNameAndMessage) {
  const absl::Status status = MakeError(ErrorType::kResourceNotFound, "Stream s not found.");
  EXPECT_EQ(ErrorOf(status)->name, "ResourceNotFoundException");
  EXPECT_EQ(ErrorOf(status)->message, "Stream s not found.");
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_TRUE(IsError(status, ErrorType::kResourceNotFound));
  EXPECT_FALSE(IsError(status, ErrorType::kResourceInUse));
}

TEST(ErrorsTest, AStatusFromElsewhereIsNoErrorOfTheService) {
  EXPECT_FALSE(ErrorOf(absl::OkStatus()).has_value());
  EXPECT_FALSE(ErrorOf(absl::NotFoundError("ResourceNotFoundException")).has_value());
  EXPECT_FALSE(IsError(absl::NotFoundError("x"), ErrorType::kResourceNotFound));
}

TEST(ErrorsTest, TheMessageMayBeEmptyOrHoldAnyBytes) {
  for (const std::string& message : {std::string(), std::string("a\0b\xff", 4)}) {
    EXPECT_EQ(ErrorOf(MakeError(ErrorType::kValidation, message))->message, message);
  }
}

TEST(ErrorsTest, EveryTypeHasANameOfItsOwnThatFindsIt) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(kLast); ++i) {
    const auto type = static_cast<ErrorType>(i);
    EXPECT_TRUE(names.insert(ErrorName(type)).second) << ErrorName(type);
    EXPECT_EQ(FindError(ErrorName(type)), type);
    EXPECT_FALSE(MakeError(type, "m").ok());
  }
  EXPECT_FALSE(FindError("NoSuchException").has_value());
}

// Rows such as "| `ResourceInUseException` | `kFailedPrecondition` | ... |", some of two names.
TEST(ErrorsTest, ThePageOfErrorsHasEachWithItsCode) {
  std::ifstream page("kinesis_core/doc/errors.md");
  ASSERT_TRUE(page);
  std::map<std::string, std::string, std::less<>> codes;  // by name
  for (std::string line; std::getline(page, line);) {
    const size_t code = line.find("` | `k");
    if (code == line.npos) continue;
    const size_t code_end = line.find('`', code + 5);
    const std::regex name("`(\\w+)`");
    for (std::sregex_iterator it(line.begin(), line.begin() + static_cast<int64_t>(code) + 1, name),
         end;
         it != end; ++it) {
      codes[(*it)[1]] = line.substr(code + 6, code_end - code - 6);
    }
  }
  for (int i = 0; i <= static_cast<int>(kLast); ++i) {
    const auto type = static_cast<ErrorType>(i);
    const auto found = codes.find(ErrorName(type));
    ASSERT_NE(found, codes.end()) << ErrorName(type);
    std::string code = absl::StatusCodeToString(MakeError(type, "m").code());
    code.erase(std::remove(code.begin(), code.end(), '_'), code.end());
    std::transform(code.begin(), code.end(), code.begin(), ::tolower);
    std::string said = found->second;
    std::transform(said.begin(), said.end(), said.begin(), ::tolower);
    EXPECT_EQ(said, code) << ErrorName(type);
  }
}

TEST(ErrorsTest, OnlyInternalFailureIsTheServicesFault) {
  for (int i = 0; i <= static_cast<int>(kLast); ++i) {
    const auto type = static_cast<ErrorType>(i);
    EXPECT_EQ(HttpStatus(type), type == ErrorType::kInternalFailure ? 500 : 400);
  }
}

}  // namespace
}  // namespace kinesis::api
