#include "kinesis_core/dead_letter.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "kinesis_core/internal/base/status.h"

namespace kinesis {
namespace {

constexpr size_t kMaxCauseBytes = 1024;

absl::Status NoDeadLetter(std::string_view what) {
  return internal::InvalidArgument("the record is no dead letter: " + std::string(what));
}

}  // namespace

std::string DeadLetter::Encode() const {
  const std::string_view whole_cause = cause;
  return "group " + absl::CHexEscape(group) + "\nshard " + shard_id.ToString() +
         "\nsequence_number " + sequence_number.ToString() + "\nattempts " +
         std::to_string(attempts) + "\ncause " +
         absl::CHexEscape(internal::ToAbsl(whole_cause.substr(0, kMaxCauseBytes))) + "\n\n" + data;
}

absl::StatusOr<DeadLetter> DeadLetter::Parse(const RecordView& record) {
  static constexpr std::array<std::string_view, 5> kFields = {
      "group ", "shard ", "sequence_number ", "attempts ", "cause "};
  std::string_view rest = record.data;
  std::array<std::string_view, kFields.size()> values;
  for (size_t i = 0; i < kFields.size(); ++i) {
    const size_t end = rest.find('\n');
    if (!rest.starts_with(kFields[i]) || end == std::string_view::npos) {
      return NoDeadLetter("line " + std::to_string(i + 1) + " does not begin with \"" +
                          std::string(kFields[i]) + "\"");
    }
    values[i] = rest.substr(kFields[i].size(), end - kFields[i].size());
    rest.remove_prefix(end + 1);
  }
  if (!rest.starts_with('\n')) return NoDeadLetter("line 6 is not empty");
  DeadLetter letter;
  if (!absl::CUnescape(internal::ToAbsl(values[0]), &letter.group) ||
      !absl::CUnescape(internal::ToAbsl(values[4]), &letter.cause)) {
    return NoDeadLetter("group or cause is not escaped as it should be");
  }
  absl::StatusOr<ShardId> shard_id = ShardId::Parse(values[1]);
  if (!shard_id.ok()) return shard_id.status();
  letter.shard_id = *shard_id;
  absl::StatusOr<SequenceNumber> number = SequenceNumber::Parse(values[2]);
  if (!number.ok()) return number.status();
  letter.sequence_number = *number;
  const char* const end = values[3].data() + values[3].size();
  const auto [stop, error] = std::from_chars(values[3].data(), end, letter.attempts);
  if (error != std::errc() || stop != end) return NoDeadLetter("attempts is no number");
  letter.data = rest.substr(1);
  return letter;
}

}  // namespace kinesis
