// PutRecord, PutRecords.
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/schema_record_operations.h"
#include "kinesis_core/api/internal/shard_metrics.h"
#include "kinesis_core/api/internal/status_macros.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::StreamEntry;
using internal::StreamPtr;

// The encryption that a response shows. The service leaves it out for an unencrypted stream.
std::optional<EncryptionType> EncryptionShape(const StreamEntry& stream) {
  if (stream.encryption_type() == EncryptionType::kNone) return std::nullopt;
  return stream.encryption_type();
}

// Finds the stream of a put, if it takes records. In CREATING and DELETING the service says that it
// is not there, rather than in which state it is.
template <class Request>
absl::Status FindOpenStream(ClientCore& core, const Request& request, CallTime& time,
                            StreamPtr* stream) {
  KC_RETURN_IF_ERROR(core.gates().FindStream(request, time, stream));
  if ((*stream)->IsOpen(time)) return absl::OkStatus();
  return core.errors().StreamNotFound((*stream)->name());
}

// As the service counts it.
int64_t SizeOf(const kinesis::Record& record) {
  return static_cast<int64_t>(record.data.size() + record.partition_key.size());
}

bool IsTooLarge(const StreamEntry& stream, const kinesis::Record& record) {
  return SizeOf(record) > stream.record_bytes_max();
}

// `path` names the record's data.
absl::Status TooLarge(const StreamEntry& stream, const kinesis::Record& record,
                      std::string_view path) {
  return internal::ConstraintError(
      path, internal::QuotedBlob(record.data.size()),
      "Member must have length less than or equal to " + std::to_string(stream.record_bytes_max()));
}

bool SpreadsEvenly(const StreamEntry& stream) {
  return stream.stream().record_distribution_strategy() == RecordDistributionStrategy::kAuto;
}

// A partition key is required where it decides: the model has left that to the operation since
// there is AUTO. `path` leads to the record.
absl::Status NoPartitionKey(const std::string& path) {
  return internal::ConstraintError(path + "partitionKey", internal::kNullText,
                                   "Member must not be null");
}

// The engine's form of a request's record.
template <class Entry>
absl::Status ToRecord(const Entry& entry, kinesis::Record* record) {
  if (entry.partition_key) record->partition_key = *entry.partition_key;
  record->data = *entry.data;
  if (!entry.explicit_hash_key) return absl::OkStatus();
  record->explicit_hash_key = internal::Resolve(*entry.explicit_hash_key);
  if (record->explicit_hash_key) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                   "Specified value was " +
                       internal::WireText(*entry.explicit_hash_key));
}

// Whether what is put from now on can get a larger number. That is judged by the numbers of the
// shard that this one names, and not by the clock, which may have been set back since.
bool IsOfThePast(const kinesis::Stream& stream, const SequenceNumber& number) {
  const absl::StatusOr<kinesis::Shard> shard = stream.FindShard(ShardId(number.shard_index()));
  if (!shard.ok()) {
    // It has expired if there is a newer one.
    const std::vector<kinesis::Shard> shards = stream.ListShards();
    return !shards.empty() && number.shard_index() < shards.back().id().index();
  }
  const uint64_t created_s = shard->starting_sequence_number().shard_created_seconds();
  // Another stream's; an earlier one's is below all numbers of this one.
  if (number.shard_created_seconds() != created_s) {
    return number.shard_created_seconds() < created_s;
  }
  return shard->CreateIterator(kinesis::IteratorStart::AtSequenceNumber(number)).ok();
}

absl::Status CheckOrdering(const ClientCore& core, const StreamEntry& stream,
                           const TextOr<SequenceNumber>& number) {
  const std::optional<SequenceNumber> parsed = internal::Resolve(number);
  if (parsed && parsed->is_valid() && IsOfThePast(stream.stream(), *parsed)) {
    return absl::OkStatus();
  }
  return MakeError(ErrorType::kInvalidArgument,
                   "ExclusiveMinimumSequenceNumber " + internal::WireText(number) +
                       " used in PutRecord on " + core.errors().StreamText(stream.name()) +
                       " is invalid.");
}

// Charges the shard that a record goes to at `key`, which `*shard` then is. False: it is over its
// limits.
bool TryCharge(StreamEntry& stream, HashKey key, const kinesis::Record& record, int64_t now_ms,
               ShardId* shard) {
  const absl::StatusOr<ShardId> open = stream.stream().OpenShardOf(key);
  if (!open.ok()) return true;  // deleted: the put itself says so
  *shard = *open;
  return stream.throttles().TryWrite(*open, SizeOf(record), now_ms);
}

// A split or merge may come between the charge and the put: then the child is charged as well.
void ChargeAgain(StreamEntry& stream, ShardId charged, ShardId actual,
                 const kinesis::Record& record, int64_t now_ms) {
  if (charged == actual) return;
  stream.throttles().ChargeWrite(actual, SizeOf(record), now_ms);
}

// The fault that the client's injector wants for a record.
struct PlannedFault {
  ShardId shard;  // where the record would go
  PutFault fault;
};

// Requires: the client has an injector.
std::optional<PlannedFault> AskForFault(const ClientCore& core, StreamEntry& stream, HashKey key,
                                        const kinesis::Record& record) {
  const absl::StatusOr<ShardId> shard = stream.stream().OpenShardOf(key);
  if (!shard.ok()) return std::nullopt;  // deleted: the put itself says so
  const std::optional<PutFault> fault = core.faults()->OnPut(stream.stream(), *shard, record);
  if (!fault) return std::nullopt;
  return PlannedFault{*shard, *fault};
}

// Whether where a record goes has to be known before it is put, for who is charged, refuses or is
// counted. A stream whose strategy is AUTO decides that anew whenever it is asked.
bool NeedsKeys(const ClientCore& core, StreamEntry& stream) {
  return core.limits().rates || core.faults() != nullptr ||
         (stream.metrics().CountsWrites() && SpreadsEvenly(stream));
}

// Puts one record, at its hash key if that is known, unless its shard is over its limits, if there
// are any, and counts what came of it, if anybody wants to know.
absl::StatusOr<PutResult> PutWithinRates(const ClientCore& core, StreamEntry& stream,
                                         const std::optional<HashKey>& key,
                                         const kinesis::Record& record, CallTime& time) {
  const bool counts = stream.metrics().CountsWrites();
  const bool charges = key && core.limits().rates;
  const int64_t now_ms = counts || charges ? time.ms() : 0;
  ShardId charged;
  if (charges && !TryCharge(stream, *key, record, now_ms, &charged)) {
    if (counts) stream.metrics().CountWrites(charged, {.refused = 1}, now_ms);
    return core.errors().ShardRateExceeded(charged.ToString(), stream.name());
  }
  absl::StatusOr<PutResult> put =
      key ? stream.stream().PutAt(*key, record) : stream.stream().Put(record);
  if (!put.ok()) [[unlikely]]
    return core.errors().FromEngine(put.status(), stream.name());
  if (charges) ChargeAgain(stream, charged, put->shard_id, record, now_ms);
  if (counts) {
    stream.metrics().CountWrites(put->shard_id, {.records = 1, .bytes = SizeOf(record)}, now_ms);
  }
  return put;
}

}  // namespace

absl::StatusOr<PutRecordResponse> internal::EngineClient::PutRecord(
    const PutRecordRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kPutRecord, request, time));
  StreamPtr found;
  KC_RETURN_IF_ERROR(FindOpenStream(*core_, request, time, &found));
  StreamEntry& stream = *found;
  kinesis::Record record;
  if (!request.partition_key && !SpreadsEvenly(stream)) return NoPartitionKey("");
  KC_RETURN_IF_ERROR(ToRecord(request, &record));
  if (IsTooLarge(stream, record)) return TooLarge(stream, record, "data");
  if (request.sequence_number_for_ordering) {
    KC_RETURN_IF_ERROR(CheckOrdering(*core_, stream, *request.sequence_number_for_ordering));
  }
  if (request.dry_run.value_or(false)) return core_->errors().DryRunSucceeded();
  std::optional<HashKey> key;
  if (NeedsKeys(*core_, stream)) key = stream.stream().HashKeyOf(record);
  std::optional<PlannedFault> planned;
  if (core_->faults() != nullptr) [[unlikely]] {
    planned = AskForFault(*core_, stream, *key, record);
  }
  if (planned && !planned->fault.stored) {
    return core_->errors().InjectedIntoShard(planned->fault.error, planned->shard, stream.name());
  }
  const absl::StatusOr<PutResult> put = PutWithinRates(*core_, stream, key, record, time);
  if (!put.ok()) return put.status();
  if (planned)
    return core_->errors().InjectedIntoShard(planned->fault.error, put->shard_id, stream.name());
  return PutRecordResponse{put->shard_id, put->sequence_number, EncryptionShape(stream)};
}

// --- PutRecords ----------------------------------------------------------------------------------

namespace {

// One PutRecords call, whose request has passed its constraints.
class BatchPut {
 public:
  BatchPut(ClientCore& core, StreamEntry& stream, CallTime& time)
      : core_(core),
        stream_(stream),
        now_ms_(time.ms()),
        counts_(stream.metrics().CountsWrites()) {}

  absl::StatusOr<PutRecordsResponse> Run(const PutRecordsRequest& request) {
    KC_RETURN_IF_ERROR(Convert(*request.records));
    if (request.dry_run.value_or(false)) return core_.errors().DryRunSucceeded();
    response_.records.resize(records_.size());
    response_.encryption_type = EncryptionShape(stream_);
    if (NeedsKeys(core_, stream_)) {
      keys_.reserve(records_.size());
      for (const kinesis::Record& record : records_) {
        keys_.push_back(stream_.stream().HashKeyOf(record));
      }
    }
    if (core_.faults() != nullptr) [[unlikely]] {
      AskForFaults();
    }
    if (keys_.empty()) {
      Put({}, records_);
    } else {
      PutAdmitted();
    }
    for (const auto& [shard, writes] : writes_) {
      stream_.metrics().CountWrites(shard, writes, now_ms_);
    }
    return std::move(response_);
  }

 private:
  // To the engine's records, or what is wrong with the call as a whole.
  absl::Status Convert(const std::vector<PutRecordsRequestEntry>& entries) {
    int64_t bytes = 0;
    records_.reserve(entries.size());
    for (const PutRecordsRequestEntry& entry : entries) {
      if (!entry.partition_key && !SpreadsEvenly(stream_)) {
        return NoPartitionKey(PathOf(records_.size()));
      }
      kinesis::Record& record = records_.emplace_back();
      KC_RETURN_IF_ERROR(ToRecord(entry, &record));
      bytes += SizeOf(record);
    }
    for (size_t i = 0; i < records_.size(); ++i) {
      if (!IsTooLarge(stream_, records_[i])) continue;
      return TooLarge(stream_, records_[i], PathOf(i) + "data");
    }
    const int64_t most = core_.limits().put_records_bytes_max;
    if (bytes <= most) return absl::OkStatus();
    constexpr int64_t kMega = 1'000'000;
    return MakeError(ErrorType::kInvalidArgument,
                     "Records size exceeds " + std::to_string(most / kMega) + " MB limit");
  }

  static std::string PathOf(size_t i) { return "records." + std::to_string(i + 1) + ".member."; }

  void AskForFaults() {
    planned_.reserve(records_.size());
    for (size_t i = 0; i < records_.size(); ++i) {
      planned_.push_back(AskForFault(core_, stream_, keys_[i], records_[i]));
    }
  }

  // Puts those that no fault and no rate is in the way of; the others fail each on its own account.
  void PutAdmitted() {
    std::vector<HashKey> keys;
    std::vector<kinesis::Record> admitted;
    keys.reserve(records_.size());
    admitted.reserve(records_.size());
    places_.reserve(records_.size());
    if (core_.limits().rates) charged_.reserve(records_.size());
    for (uint32_t i = 0; i < records_.size(); ++i) {
      if (!MayPut(i)) continue;
      keys.push_back(keys_[i]);
      admitted.push_back(records_[i]);
      places_.push_back(i);
    }
    Put(keys, admitted);
  }

  // Whether a record may be put. If not, its failure is in the response already.
  bool MayPut(uint32_t i) {
    if (!planned_.empty() && planned_[i] && !planned_[i]->fault.stored) {
      Fail(i, core_.errors().InjectedIntoShard(planned_[i]->fault.error, planned_[i]->shard,
                                               stream_.name()));
      return false;
    }
    if (!core_.limits().rates) return true;
    ShardId shard;
    if (TryCharge(stream_, keys_[i], records_[i], now_ms_, &shard)) {
      charged_.push_back(shard);
      return true;
    }
    if (counts_) ++writes_[shard].refused;
    Fail(i, core_.errors().ShardRateExceeded(shard.ToString(), stream_.name()));
    return false;
  }

  // Puts records, at their keys if these are known.
  void Put(std::span<const HashKey> keys, std::span<const kinesis::Record> records) {
    std::vector<absl::StatusOr<PutResult>> results;
    if (keys_.empty()) {
      stream_.stream().PutBatch(records, &results);
    } else {
      stream_.stream().PutBatchAt(keys, records, &results);
    }
    for (size_t i = 0; i < results.size(); ++i) {
      const size_t place = places_.empty() ? i : places_[i];
      if (!results[i].ok()) [[unlikely]] {
        Fail(place, core_.errors().FromEngine(results[i].status(), stream_.name()));
        continue;
      }
      const PutResult& put = *results[i];
      if (!charged_.empty()) ChargeAgain(stream_, charged_[i], put.shard_id, records[i], now_ms_);
      if (counts_) {
        internal::ShardMetrics::Writes& writes = writes_[put.shard_id];
        ++writes.records;
        writes.bytes += SizeOf(records[i]);
      }
      if (!planned_.empty() && planned_[place]) {
        Fail(place, core_.errors().InjectedIntoShard(planned_[place]->fault.error, put.shard_id,
                                                     stream_.name()));
        continue;
      }
      PutRecordsResultEntry& entry = response_.records[place];
      entry.shard_id = put.shard_id;
      entry.sequence_number = put.sequence_number;
    }
  }

  // The names of the errors of single records are those of whole calls, but for the service's own
  // failures, which are "InternalFailure" here.
  void Fail(size_t place, const absl::Status& status) {
    PutRecordsResultEntry& entry = response_.records[place];
    const std::optional<Error> error = ErrorOf(status);
    entry.error_code =
        IsError(status, ErrorType::kInternalFailure) ? "InternalFailure" : error->name;
    entry.error_message = error->message;
    ++response_.failed_record_count;
  }

  ClientCore& core_;
  StreamEntry& stream_;
  const int64_t now_ms_;
  const bool counts_;
  std::vector<kinesis::Record> records_;
  std::vector<HashKey> keys_;     // of each record; empty if nobody has to know
  std::vector<uint32_t> places_;  // in the response, of each that is put; empty: all, in order
  std::vector<ShardId> charged_;  // of each place; empty when rates are off
  std::vector<std::optional<PlannedFault>> planned_;  // of each record; empty without an injector
  absl::flat_hash_map<ShardId, internal::ShardMetrics::Writes> writes_;  // if counts_
  PutRecordsResponse response_;
};

}  // namespace

absl::StatusOr<PutRecordsResponse> internal::EngineClient::PutRecords(
    const PutRecordsRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kPutRecords, request, time));
  StreamPtr found;
  KC_RETURN_IF_ERROR(FindOpenStream(*core_, request, time, &found));
  return BatchPut(*core_, *found, time).Run(request);
}

}  // namespace kinesis::api
