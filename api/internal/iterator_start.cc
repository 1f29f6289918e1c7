#include "kinesis_core/api/internal/iterator_start.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/hash_key.h"

namespace kinesis::api::internal {
namespace {

absl::Status Invalid(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

bool NamesNumber(ShardIteratorType type) {
  return type == ShardIteratorType::kAtSequenceNumber ||
         type == ShardIteratorType::kAfterSequenceNumber;
}

// InvalidArgumentException unless the members go with the type.
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

// Numbers of up to 32 hexadecimal digits are taken for the oldest of the three layouts, where the
// last four are the shard's index: so does the service. Nothing: it is longer.
std::optional<ShardId> ShardInOldestLayout(std::string_view text) {
  const absl::StatusOr<HashKey> number =
      HashKey::Parse(text);  // which is a number of 128 bits, too
  if (!number.ok()) return std::nullopt;
  return ShardId(static_cast<uint32_t>(number->low() & 0xffff));
}

// The number, if it is one of this shard.
class NumberCheck {
 public:
  NumberCheck(const ClientCore& core, const StreamEntry& stream, const kinesis::Shard& shard,
              std::string_view operation)
      : core_(core), stream_(stream), shard_(shard), operation_(operation) {}

  absl::StatusOr<SequenceNumber> Run(const TextOr<SequenceNumber>& given) const {
    const std::string text = WireText(given);
    // As the service does: no version of the layout has it.
    if (text == "0") return MakeError(ErrorType::kInternalFailure, "");
    const std::optional<SequenceNumber> number = Resolve(given);
    std::optional<ShardId> encoded;
    if (number) {
      encoded = ShardId(number->shard_index());
    } else {
      encoded = ShardInOldestLayout(text);
    }
    if (!encoded) return Reject(text, "");
    if (*encoded != shard_.id()) {
      return Invalid("Invalid StartingSequenceNumber. It encodes " + encoded->ToString() +
                     ", while it was used in a call to a shard with " + shard_.id().ToString());
    }
    if (!number) return Reject(text, " because it did not come from this stream");
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
                   " on shard " + shard_.id().ToString() + " in " +
                   core_.errors().StreamText(stream_.name()) + " is invalid" + reason + ".");
  }

 private:
  const ClientCore& core_;
  const StreamEntry& stream_;
  const kinesis::Shard& shard_;
  const std::string_view operation_;
};

absl::StatusOr<kinesis::Iterator> StartAtTime(const ClientCore& core, const kinesis::Shard& shard,
                                              absl::Time wanted, CallTime& time) {
  if (time.IsFuture(wanted)) {
    return Invalid(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
        "timestampInMillis: " +
        std::to_string(absl::ToUnixMillis(wanted)) +
        ", currentTimestampInMillis: " + std::to_string(time.ms()));
  }
  // The present of a client whose clock is ahead is ours.
  wanted = std::min(wanted, absl::FromUnixMillis(time.ms()));
  auto iterator = shard.CreateIterator(IteratorStart::AtTimestamp(wanted));
  if (!absl::IsOutOfRange(iterator.status())) return iterator;
  // The engine judges by a reading of its own, and the clock was set back in between. What is
  // wanted then begins at the present, whichever it is.
  const Clock& clock = core.clock();
  wanted = std::min({wanted, clock.Now(), clock.Now()});
  iterator = shard.CreateIterator(IteratorStart::AtTimestamp(wanted));
  if (!absl::IsOutOfRange(iterator.status())) return iterator;
  return shard.CreateIterator(IteratorStart::Latest());
}

}  // namespace

absl::Status CheckIteratorType(const Limits& limits, const TextOr<ShardIteratorType>& type) {
  if (limits.iterator_at_timestamp || Resolve(type) != ShardIteratorType::kAtTimestamp) {
    return absl::OkStatus();
  }
  return ConstraintError("shardIteratorType", "'AT_TIMESTAMP'",
                         "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, "
                         "AT_SEQUENCE_NUMBER, TRIM_HORIZON]");
}

absl::StatusOr<kinesis::Iterator> MakeIterator(const ClientCore& core, const StreamEntry& stream,
                                               const kinesis::Shard& shard,
                                               const StartRequest& start,
                                               std::string_view operation, CallTime& time) {
  const ShardIteratorType type = *Resolve(start.type);
  KC_RETURN_IF_ERROR(CheckMembers(type, start));
  const NumberCheck check(core, stream, shard, operation);
  absl::StatusOr<kinesis::Iterator> iterator = absl::UnknownError("not made yet");
  if (NamesNumber(type)) {
    KC_ASSIGN_OR_RETURN(const SequenceNumber number, check.Run(*start.sequence_number));
    iterator = shard.CreateIterator(type == ShardIteratorType::kAtSequenceNumber
                                        ? IteratorStart::AtSequenceNumber(number)
                                        : IteratorStart::AfterSequenceNumber(number));
    // All that is left to be wrong: it is beyond the newest record.
    const bool is_wrong =
        absl::IsOutOfRange(iterator.status()) || absl::IsInvalidArgument(iterator.status());
    if (is_wrong) return check.Reject(WireText(*start.sequence_number), "");
  } else if (type == ShardIteratorType::kAtTimestamp) {
    iterator = StartAtTime(core, shard, *start.timestamp, time);
  } else {
    iterator =
        shard.CreateIterator(type == ShardIteratorType::kLatest ? IteratorStart::Latest()
                                                                : IteratorStart::TrimHorizon());
  }
  if (iterator.ok() || ErrorOf(iterator.status())) return iterator;
  return core.errors().FromEngine(iterator.status(), stream.name());
}

}  // namespace kinesis::api::internal
