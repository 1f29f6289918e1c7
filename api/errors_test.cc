#include "kinesis_core/api/errors.h"

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

TEST(ErrorsTest, OnlyInternalFailureIsTheServicesFault) {
  for (int i = 0; i <= static_cast<int>(kLast); ++i) {
    const auto type = static_cast<ErrorType>(i);
    EXPECT_EQ(HttpStatus(type), type == ErrorType::kInternalFailure ? 500 : 400);
  }
}

}  // namespace
}  // namespace kinesis::api
