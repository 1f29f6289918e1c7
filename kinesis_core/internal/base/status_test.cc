#include "kinesis_core/internal/base/status.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace kinesis::internal {
namespace {

std::string Message(const absl::Status& status) { return std::string(FromAbsl(status.message())); }

TEST(StatusTest, EachBuilderMakesItsOwnCodeAndKeepsTheMessage) {
  const struct {
    absl::Status status;
    absl::StatusCode code;
  } kCases[] = {
      {InvalidArgument("why"), absl::StatusCode::kInvalidArgument},
      {OutOfRange("why"), absl::StatusCode::kOutOfRange},
      {NotFound("why"), absl::StatusCode::kNotFound},
      {AlreadyExists("why"), absl::StatusCode::kAlreadyExists},
      {FailedPrecondition("why"), absl::StatusCode::kFailedPrecondition},
      {ResourceExhausted("why"), absl::StatusCode::kResourceExhausted},
      {DeadlineExceeded("why"), absl::StatusCode::kDeadlineExceeded},
      {Unavailable("why"), absl::StatusCode::kUnavailable},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(c.status.code(), c.code);
    EXPECT_EQ(Message(c.status), "why");
  }
}

TEST(StatusTest, ConversionKeepsEveryByteIncludingZeros) {
  const std::string_view text("a\0b", 3);
  EXPECT_EQ(FromAbsl(ToAbsl(text)), text);
  EXPECT_EQ(FromAbsl(ToAbsl(std::string_view())), "");
}

TEST(StatusTest, AFieldErrorNamesTheFieldTheValueAndTheRequirement) {
  const absl::Status status = FieldError("shard id", "x", "end in decimal digits");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Message(status), "shard id \"x\" must end in decimal digits");
}

TEST(StatusTest, ARangeErrorNamesTheFieldTheValueAndTheRange) {
  const absl::Status status = FieldRangeError("shard count", -1, "[1, 10000]");
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Message(status), "shard count \"-1\" must be in the range [1, 10000]");
  EXPECT_EQ(Message(FieldRangeError("n", UINT64_MAX, "[0, 1]")),
            "n \"18446744073709551615\" must be in the range [0, 1]");
}

TEST(StatusTest, APathIsQuotedUpToItsEnd) {
  const std::string folder(300, 'a');
  EXPECT_EQ(QuotedPath(folder + "/b\n"), "\"" + folder + "/b\\n\"");
  EXPECT_EQ(QuotedPath(std::string(4097, 'a')), "\"" + std::string(4096, 'a') + "\"...");
}

TEST(StatusTest, QuotedTextIsPrintableAscii) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("plain"), "\"plain\"");
  EXPECT_EQ(Quoted("a\"b\nc"), R"("a\"b\nc")");
  EXPECT_EQ(Quoted("\xc3\xa9"), R"("\xc3\xa9")");
  EXPECT_EQ(Quoted(std::string_view("\0", 1)), R"("\x00")");
}

TEST(StatusTest, QuotedTextIsCutAfter160Bytes) {
  EXPECT_EQ(Quoted(std::string(160, 'a')), "\"" + std::string(160, 'a') + "\"");
  EXPECT_EQ(Quoted(std::string(161, 'a')), "\"" + std::string(160, 'a') + "\"...");
  EXPECT_EQ(Quoted(std::string(1'000'000, 'a')).size(), 165u);
}

}  // namespace
}  // namespace kinesis::internal
