#include "kinesis_core/api/internal/iterator_start.h"

#include <string>

namespace kinesis::api::internal {
namespace {

absl::Status Invalid(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

bool NamesNumber(ShardIteratorType type) {
  return type == ShardIteratorType::kAtSequenceNumber ||
         type == ShardIteratorType::kAfterSequenceNumber;
}

// Which members go with which type.
absl::Status CheckMembers(ShardIteratorType type, const StartRequest& start) {
  if (NamesNumber(type) != start.sequence_number.has_value()) {
    return Invalid(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
        "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. "
        "Request specified " +
        std::string(ToText(type)) +
        (start.sequence_number ? " and also a StartingSequenceNumber."
                               : " and no StartingSequenceNumber."));
  }
  if (type == ShardIteratorType::kAtTimestamp && !start.timestamp) {
    return Invalid(
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current "
        "request has no timestamp parameter.");
  }
  return absl::OkStatus();
}

// The number, if it is one of this shard.
class NumberCheck {
 public:
  NumberCheck(const ClientCore& core, const StreamRecord& stream, const kinesis::Shard& shard,
              std::string_view operation)
      : core_(core), stream_(stream), shard_(shard), operation_(operation) {}

  absl::StatusOr<SequenceNumber> Run(const TextOr<SequenceNumber>& given) const {
    const std::string text = WireText(given);
    // As the service does: no version of the layout has it.
    if (text == "0") return MakeError(ErrorType::kInternalFailure, "");
    const std::optional<SequenceNumber> number = Resolve(given);
    if (!number) return Reject(text, "");
    if (number->shard_index() != shard_.id().index()) {
      return Invalid("Invalid StartingSequenceNumber. It encodes " +
                     ShardId(number->shard_index()).ToString() +
                     ", while it was used in a call to a shard with " + shard_.id().ToString());
    }
    if (number->shard_created_seconds() !=
        shard_.starting_sequence_number().shard_created_seconds()) {
      return Reject(text, " because it did not come from this stream");
    }
    if (number->index() == SequenceNumber::kMaxIndex) {
      return Reject(text, " because SequenceNumber has reached max possible value for the shard");
    }
    return *number;
  }

  absl::Status Reject(const std::string& text, const char* reason) const {
    return Invalid("StartingSequenceNumber " + text + " used in " + std::string(operation_) +
                   " on shard " + shard_.id().ToString() + " in " + core_.Describe(stream_) +
                   " is invalid" + reason + ".");
  }

 private:
  const ClientCore& core_;
  const StreamRecord& stream_;
  const kinesis::Shard& shard_;
  const std::string_view operation_;
};

absl::StatusOr<IteratorStart> TimeStart(const ClientCore& core, absl::Time time) {
  const absl::Time now = core.clock().Now();
  if (time > now) {
    return Invalid(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
        "timestampInMillis: " +
        std::to_string(absl::ToUnixMillis(time)) +
        ", currentTimestampInMillis: " + std::to_string(absl::ToUnixMillis(now)));
  }
  return IteratorStart::AtTimestamp(time);
}

}  // namespace

absl::Status CheckIteratorType(const Limits& limits, const TextOr<ShardIteratorType>& type) {
  if (limits.iterator_at_timestamp || Resolve(type) != ShardIteratorType::kAtTimestamp) {
    return absl::OkStatus();
  }
  return ConstraintError("shardIteratorType", "'AT_TIMESTAMP'",
                         "Member must satisfy enum value set: [AT_SEQUENCE_NUMBER, "
                         "AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST]");
}

absl::StatusOr<kinesis::Iterator> MakeIterator(const ClientCore& core, const StreamRecord& stream,
                                               const kinesis::Shard& shard,
                                               const StartRequest& start,
                                               std::string_view operation) {
  const ShardIteratorType type = *Resolve(start.type);
  if (absl::Status status = CheckMembers(type, start); !status.ok()) return status;
  absl::StatusOr<IteratorStart> at = IteratorStart::TrimHorizon();
  const NumberCheck check(core, stream, shard, operation);
  if (NamesNumber(type)) {
    const absl::StatusOr<SequenceNumber> number = check.Run(*start.sequence_number);
    if (!number.ok()) return number.status();
    at = type == ShardIteratorType::kAtSequenceNumber ? IteratorStart::AtSequenceNumber(*number)
                                                      : IteratorStart::AfterSequenceNumber(*number);
  } else if (type == ShardIteratorType::kLatest) {
    at = IteratorStart::Latest();
  } else if (type == ShardIteratorType::kAtTimestamp) {
    at = TimeStart(core, *start.timestamp);
    if (!at.ok()) return at.status();
  }
  absl::StatusOr<kinesis::Iterator> iterator = shard.CreateIterator(*at);
  if (absl::IsNotFound(iterator.status())) return core.StreamNotFound(stream.name());
  // All that is left to be wrong: a number beyond the newest record.
  if (!iterator.ok()) return check.Reject(WireText(*start.sequence_number), "");
  return iterator;
}

}  // namespace kinesis::api::internal
