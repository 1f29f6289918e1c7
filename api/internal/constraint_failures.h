// Collects what is wrong with a request, and words it as the service does:
//
//   2 validation errors detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member
//   must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value null at 'records.1.member.data'
//   failed to satisfy constraint: Member must not be null
//
// The wording is that of tests written against the service; it shows at most ten failures.
#ifndef KINESIS_CORE_API_INTERNAL_CONSTRAINT_FAILURES_H_
#define KINESIS_CORE_API_INTERNAL_CONSTRAINT_FAILURES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/api/internal/shape.h"

namespace kinesis::api::internal {

// Where a value stands in a request: a member, or an element of a list when `index` is not 0. Lives
// on the stack of the walk, innermost first.
struct MemberPath {
  const MemberPath* parent = nullptr;
  std::string_view name = {};  // on the wire
  size_t index = 0;            // from 1

  // "records.2.member.partitionKey"
  std::string ToString() const;
};

// The constraints, worded: "Member must have length greater than or equal to 1".
std::string AtLeastText(const Shape& shape, int64_t min);
std::string AtMostText(const Shape& shape, int64_t max);
// Requires: the shape has a pattern.
std::string PatternText(const Shape& shape);
// Requires: the shape is an enumeration.
std::string EnumText(const Shape& shape);
// All constraints of a string shape in one bracket, as for the elements of a list.
std::string ConstraintsText(const Shape& shape);

// Text that was given, as a message shows it: all of it, or its beginning and "...". (Where the
// service cuts is not known.)
inline constexpr size_t kShownBytesMax = 1024;
std::string ShownText(std::string_view text, size_t bytes_max = kShownBytesMax);

// How values are quoted.
inline constexpr std::string_view kNullText = "null";
std::string QuotedText(std::string_view text);
std::string QuotedBlob(size_t bytes);

// Characters of UTF-8 text: what the length of a string counts.
size_t CharacterCount(std::string_view text);

// Thread-compatible.
class ConstraintFailures {
 public:
  static constexpr size_t kMost = 10;

  bool empty() const { return failures_.empty(); }

  // `value` is quoted already, or kNullText.
  void Add(std::string_view path, std::string_view value, std::string_view constraint);
  void AddNull(std::string_view path);

  // ValidationException with all of them; OK if there are none.
  absl::Status ToStatus() const;

 private:
  std::vector<std::string> failures_;
};

// ValidationException for one failure, for what limits and not shapes constrain.
absl::Status ConstraintError(std::string_view path, std::string_view value,
                             std::string_view constraint);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CONSTRAINT_FAILURES_H_
