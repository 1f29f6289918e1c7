// GoogleTest matchers for results, service errors and records, of the engine and of the API alike.
//
//   EXPECT_THAT(client->PutRecord(request), IsOk());
//   EXPECT_THAT(client->PutRecord(request), FailsWith(ErrorType::kResourceNotFound));
//   EXPECT_THAT(stream.SplitShard(ShardId(9)), StatusIs(absl::StatusCode::kNotFound));
//   EXPECT_THAT(page.records, ElementsAre(IsRecord("alice", "tea"), IsRecord("bob", "milk")));
//   EXPECT_THAT(client->PutRecords(request), IsOkAndHolds(HasFailed(0)));
//
// They take absl::Status, absl::StatusOr<T> and, for records, anything with the members `data` and
// `partition_key`. What a failure shows of the library's types is printed by printers.h. With
// expect_ok.h the first line is EXPECT_OK(client->PutRecord(request)). Thread-safe: values without
// state.
#ifndef KINESIS_CORE_TESTING_MATCHERS_H_
#define KINESIS_CORE_TESTING_MATCHERS_H_

#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/testing/printers.h"

namespace kinesis::testing {

namespace matchers_internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

inline std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

// Finds what GoogleTest finds, by the type's own namespaces alone.
namespace by_argument {
void PrintTo() = delete;
template <class T>
concept Printable = requires(const T& value, std::ostream* out) {
  PrintTo(value, out);
};
}  // namespace by_argument

// Prints the status behind a result, unless GoogleTest shows that instead of the result's bytes.
inline void Explain(const absl::Status& /*result*/, ::testing::MatchResultListener* /*listener*/) {}
template <class T>
void Explain(const absl::StatusOr<T>& result, ::testing::MatchResultListener* listener) {
  if constexpr (!by_argument::Printable<absl::StatusOr<T>>) {
    *listener << "which is " << result.status().ToString();
  }
}

}  // namespace matchers_internal

// --- Results -------------------------------------------------------------------------------------

MATCHER(IsOk, negation ? "is an error" : "is OK") {
  matchers_internal::Explain(arg, result_listener);
  const absl::Status& status = matchers_internal::StatusOf(arg);
  return status.ok();
}

// Is OK, and its value matches.
MATCHER_P(IsOkAndHolds, matcher,
          negation ? "is an error, or its value differs" : "is OK, and its value matches") {
  if (!arg.ok()) {
    matchers_internal::Explain(arg, result_listener);
    return false;
  }
  return ::testing::ExplainMatchResult(matcher, *arg, result_listener);
}

// An error, or kOk, of that canonical code; and, in the second form, with a matching message.
MATCHER_P(StatusIs, code, (negation ? "is not " : "is ") + absl::StatusCodeToString(code)) {
  matchers_internal::Explain(arg, result_listener);
  const absl::Status& status = matchers_internal::StatusOf(arg);
  return status.code() == code;
}
MATCHER_P2(StatusIs, code, message,
           (negation ? "is not " : "is ") + absl::StatusCodeToString(code) + " with that message") {
  matchers_internal::Explain(arg, result_listener);
  const absl::Status& status = matchers_internal::StatusOf(arg);
  return status.code() == code && ::testing::Matches(message)(matchers_internal::MessageOf(status));
}

// An error of the service of that api::ErrorType; and, in the second form, with a matching message.
MATCHER_P(FailsWith, type, (negation ? "is not " : "is ") + std::string(api::ErrorName(type))) {
  matchers_internal::Explain(arg, result_listener);
  const absl::Status& status = matchers_internal::StatusOf(arg);
  return api::IsError(status, type);
}
MATCHER_P2(FailsWith, type, message,
           (negation ? "is not " : "is ") + std::string(api::ErrorName(type)) +
               " with that message") {
  matchers_internal::Explain(arg, result_listener);
  const absl::Status& status = matchers_internal::StatusOf(arg);
  return api::IsError(status, type) &&
         ::testing::Matches(message)(matchers_internal::MessageOf(status));
}

// --- Records -------------------------------------------------------------------------------------

namespace matchers_internal {

// Of a record that was put without a key: no text.
template <class Key>
std::string KeyText(const Key& key) {
  if constexpr (std::is_convertible_v<const Key&, std::string_view>) {
    return std::string(std::string_view(key));
  } else {
    return std::string(key.value_or(""));
  }
}

}  // namespace matchers_internal

// Of that partition key and that data; both may be matchers.
MATCHER_P2(IsRecord, partition_key, data, negation ? "is another record" : "is the record") {
  const std::string key_found = matchers_internal::KeyText(arg.partition_key);
  const std::string data_found(arg.data);
  *result_listener << "of key " << ::testing::PrintToString(key_found) << " and data "
                   << ::testing::PrintToString(data_found);
  return ::testing::Matches(partition_key)(key_found) && ::testing::Matches(data)(data_found);
}

// Whose data match, whatever the key.
MATCHER_P(HasData, data, negation ? "has other data" : "has the data") {
  return ::testing::ExplainMatchResult(data, std::string(arg.data), result_listener);
}

// A PutRecords response in which that many records failed.
MATCHER_P(HasFailed, count, "has failed to put " + ::testing::PrintToString(count) + " records") {
  *result_listener << "of which " << arg.failed_record_count << " failed";
  return arg.failed_record_count == count;
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_MATCHERS_H_
