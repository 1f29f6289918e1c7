// PutRecord, PutRecords.
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/describe_record_operations.h"

namespace kinesis::api {
namespace {

using internal::ClientCore;
using internal::StreamPtr;
using internal::StreamRecord;

// Of an unencrypted stream the service does not tell.
std::optional<EncryptionType> EncryptionShape(const StreamRecord& stream) {
  if (stream.encryption_type() == EncryptionType::kNone) return std::nullopt;
  return stream.encryption_type();
}

// A stream that takes records. Puts are not told about states: a stream that is being made or
// deleted is not there.
template <class Request>
absl::StatusOr<StreamPtr> FindOpenStream(ClientCore& core, const Request& request) {
  absl::StatusOr<StreamPtr> stream = core.FindStream(request);
  if (stream.ok() && !(*stream)->IsOpen(core.clock())) {
    return core.StreamNotFound((*stream)->name());
  }
  return stream;
}

// Of one record; `path` names its data in messages.
absl::Status CheckSize(const StreamRecord& stream, const kinesis::Record& record,
                       std::string_view path) {
  const int64_t most = stream.record_bytes_max();
  if (static_cast<int64_t>(record.data.size() + record.partition_key.size()) <= most) {
    return absl::OkStatus();
  }
  return internal::ConstraintError(
      path, internal::QuotedBlob(record.data.size()),
      "Member must have length less than or equal to " + std::to_string(most));
}

// The engine's form of a request's record.
template <class Entry>
absl::StatusOr<kinesis::Record> ToRecord(const Entry& entry) {
  kinesis::Record record{.partition_key = *entry.partition_key, .data = *entry.data};
  if (!entry.explicit_hash_key) return record;
  record.explicit_hash_key = internal::Resolve(*entry.explicit_hash_key);
  if (record.explicit_hash_key) return record;
  return MakeError(ErrorType::kInvalidArgument,
                   "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                   "Specified value was " +
                       internal::WireText(*entry.explicit_hash_key));
}

// A number that the service gave out, and not one of the future.
absl::Status CheckOrdering(const ClientCore& core, const StreamRecord& stream,
                           const TextOr<SequenceNumber>& number) {
  const std::optional<SequenceNumber> parsed = internal::Resolve(number);
  const auto now_s = static_cast<uint64_t>(core.NowMs() / 1000);
  if (parsed && parsed->is_valid() && parsed->time_seconds() <= now_s) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "ExclusiveMinimumSequenceNumber " + internal::WireText(number) +
                       " used in PutRecord on " + core.Describe(stream) + " is invalid.");
}

// Charges the shard that the record goes to, and fixes its hash key so that it is not computed
// again. Nothing: the shard is over its limits, and `refused` is its id.
std::optional<ShardId> Charge(StreamRecord& stream, kinesis::Record* record, int64_t now_ms,
                              ShardId* refused) {
  const HashKey key = stream.stream().HashKeyOf(*record);
  const absl::StatusOr<ShardId> shard = stream.stream().OpenShardOf(key);
  if (!shard.ok()) return ShardId();  // deleted: the put itself says so
  const auto bytes = static_cast<int64_t>(record->data.size() + record->partition_key.size());
  if (!stream.throttles().TryWrite(*shard, bytes, now_ms)) {
    *refused = *shard;
    return std::nullopt;
  }
  record->explicit_hash_key = key;
  return *shard;
}

// A split or merge may come between the charge and the put: then the child is charged as well.
void ChargeAgain(StreamRecord& stream, ShardId charged, ShardId actual,
                 const kinesis::Record& record, int64_t now_ms) {
  if (charged == actual) return;
  const auto bytes = static_cast<int64_t>(record.data.size() + record.partition_key.size());
  stream.throttles().ChargeWrite(actual, bytes, now_ms);
}

}  // namespace

absl::StatusOr<PutRecordResponse> Client::PutRecord(const PutRecordRequest& request) {
  if (absl::Status status = core_->Admit(Operation::kPutRecord, request); !status.ok()) {
    return status;
  }
  const absl::StatusOr<StreamPtr> found = FindOpenStream(*core_, request);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  absl::StatusOr<kinesis::Record> record = ToRecord(request);
  if (!record.ok()) return record.status();
  if (absl::Status status = CheckSize(stream, *record, "data"); !status.ok()) return status;
  if (request.sequence_number_for_ordering) {
    absl::Status status = CheckOrdering(*core_, stream, *request.sequence_number_for_ordering);
    if (!status.ok()) return status;
  }
  std::optional<ShardId> charged;
  int64_t now_ms = 0;
  if (core_->limits().rates) {
    ShardId refused;
    now_ms = core_->NowMs();
    charged = Charge(stream, &*record, now_ms, &refused);
    if (!charged) return core_->RateExceeded(refused.ToString(), stream);
  }
  const absl::StatusOr<PutResult> put = stream.stream().Put(*record);
  if (!put.ok()) return core_->FromEngine(put.status(), stream);
  if (charged) ChargeAgain(stream, *charged, put->shard_id, *record, now_ms);
  return PutRecordResponse{put->shard_id, put->sequence_number, EncryptionShape(stream)};
}

// --- PutRecords ----------------------------------------------------------------------------------

namespace {

// One PutRecords call, whose request has passed its constraints.
class BatchPut {
 public:
  BatchPut(ClientCore& core, StreamRecord& stream) : core_(core), stream_(stream) {}

  absl::StatusOr<PutRecordsResponse> Run(const std::vector<PutRecordsRequestEntry>& entries) {
    if (absl::Status status = Convert(entries); !status.ok()) return status;
    response_.records.resize(records_.size());
    response_.encryption_type = EncryptionShape(stream_);
    if (core_.limits().rates) {
      PutWithinRates();
    } else {
      for (uint32_t i = 0; i < records_.size(); ++i) places_.push_back(i);
      Put(records_);
    }
    return std::move(response_);
  }

 private:
  // To the engine's records, or what is wrong with the call as a whole.
  absl::Status Convert(const std::vector<PutRecordsRequestEntry>& entries) {
    int64_t bytes = 0;
    records_.reserve(entries.size());
    for (const PutRecordsRequestEntry& entry : entries) {
      absl::StatusOr<kinesis::Record> record = ToRecord(entry);
      if (!record.ok()) return record.status();
      bytes += static_cast<int64_t>(record->data.size() + record->partition_key.size());
      records_.push_back(*record);
    }
    for (size_t i = 0; i < records_.size(); ++i) {
      if (static_cast<int64_t>(records_[i].data.size() + records_[i].partition_key.size()) <=
          stream_.record_bytes_max()) {
        continue;
      }
      return CheckSize(stream_, records_[i], "records." + std::to_string(i + 1) + ".member.data");
    }
    const int64_t most = core_.limits().put_records_bytes_max;
    if (bytes <= most) return absl::OkStatus();
    constexpr int64_t kMega = 1'000'000;
    return MakeError(ErrorType::kInvalidArgument,
                     "Records size exceeds " + std::to_string(most / kMega) + " MB limit");
  }

  // Puts those that their shards have room for; the others fail each on its own account.
  void PutWithinRates() {
    now_ms_ = core_.NowMs();
    std::vector<kinesis::Record> admitted;
    admitted.reserve(records_.size());
    for (uint32_t i = 0; i < records_.size(); ++i) {
      ShardId refused;
      const std::optional<ShardId> shard = Charge(stream_, &records_[i], now_ms_, &refused);
      if (shard) {
        admitted.push_back(records_[i]);
        places_.push_back(i);
        charged_.push_back(*shard);
      } else {
        Fail(i, core_.RateExceeded(refused.ToString(), stream_));
      }
    }
    Put(admitted);
  }

  // Puts records; places_ says where in the response each belongs.
  void Put(std::span<const kinesis::Record> records) {
    std::vector<absl::StatusOr<PutResult>> results;
    stream_.stream().PutBatch(records, &results);
    for (size_t i = 0; i < results.size(); ++i) {
      if (!results[i].ok()) {
        Fail(places_[i], core_.FromEngine(results[i].status(), stream_));
        continue;
      }
      if (!charged_.empty()) {
        ChargeAgain(stream_, charged_[i], results[i]->shard_id, records[i], now_ms_);
      }
      PutRecordsResultEntry& entry = response_.records[places_[i]];
      entry.shard_id = results[i]->shard_id;
      entry.sequence_number = results[i]->sequence_number;
    }
  }

  // The names of the errors of single records are those of whole calls, but for the service's own
  // failures, which are "InternalFailure" here.
  void Fail(uint32_t place, const absl::Status& status) {
    PutRecordsResultEntry& entry = response_.records[place];
    const std::optional<Error> error = ErrorOf(status);
    entry.error_code =
        IsError(status, ErrorType::kInternalFailure) ? "InternalFailure" : error->name;
    entry.error_message = error->message;
    ++response_.failed_record_count;
  }

  ClientCore& core_;
  StreamRecord& stream_;
  std::vector<kinesis::Record> records_;
  std::vector<uint32_t> places_;
  int64_t now_ms_ = 0;
  std::vector<ShardId> charged_;  // of each place; empty when rates are off
  PutRecordsResponse response_;
};

}  // namespace

absl::StatusOr<PutRecordsResponse> Client::PutRecords(const PutRecordsRequest& request) {
  if (absl::Status status = core_->Admit(Operation::kPutRecords, request); !status.ok()) {
    return status;
  }
  const absl::StatusOr<StreamPtr> found = FindOpenStream(*core_, request);
  if (!found.ok()) return found.status();
  return BatchPut(*core_, **found).Run(*request.records);
}

}  // namespace kinesis::api
