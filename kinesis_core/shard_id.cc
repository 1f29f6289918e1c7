#include "kinesis_core/shard_id.h"

#include <algorithm>
#include <cstring>
#include <ostream>

#include "kinesis_core/internal/base/status.h"

namespace kinesis {
namespace {

// The name of shard 0; those of the others end in other digits.
constexpr std::string_view kFirstName = "shardId-000000000000";

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
  std::string text;
  AppendTo(&text);
  return text;
}

void ShardId::AppendTo(std::string* text) const {
  char name[kTextSizeMax];
  text->append(name, WriteTo(name));
}

char* ShardId::WriteTo(char* out) const {
  static_assert(kTextSizeMax == kFirstName.size());
  std::memcpy(out, kFirstName.data(), kTextSizeMax);
  char* digit = out + kTextSizeMax;
  for (uint32_t rest = index_; rest > 0; rest /= 10) *--digit = static_cast<char>('0' + rest % 10);
  return out + kTextSizeMax;
}

std::ostream& operator<<(std::ostream& out, const ShardId& id) { return out << id.ToString(); }

}  // namespace kinesis
