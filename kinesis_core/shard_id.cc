#include "kinesis_core/shard_id.h"

#include <algorithm>
#include <ostream>

#include "kinesis_core/internal/base/status.h"

namespace kinesis {
namespace {

constexpr std::string_view kPrefix = "shardId-";
constexpr size_t kDigits = 12;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

absl::StatusOr<ShardId> ShardId::Parse(std::string_view text) {
  const size_t dash = text.find('-');
  const std::string_view digits = dash == std::string_view::npos ? text : text.substr(dash + 1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), IsDigit)) {
    return internal::FieldError(
        "shard id", text, "be decimal digits, or have nothing but digits after its first '-'");
  }
  uint64_t index = 0;
  for (const char c : digits) {
    index = index * 10 + static_cast<uint64_t>(c - '0');
    if (index > kMaxIndex) {
      return internal::FieldRangeError("shard id", text, "[shardId-0, shardId-2147483647]");
    }
  }
  return ShardId(static_cast<uint32_t>(index));
}

std::string ShardId::ToString() const {
  const std::string digits = std::to_string(index_);
  std::string name(kPrefix);
  name.append(kDigits - digits.size(), '0');
  name.append(digits);
  return name;
}

std::ostream& operator<<(std::ostream& out, const ShardId& id) { return out << id.ToString(); }

}  // namespace kinesis
