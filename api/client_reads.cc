// GetShardIterator, GetRecords.
#include <algorithm>
#include <string>
#include <utility>

#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/call_answer.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/iterator_start.h"
#include "kinesis_core/api/internal/schema_record_operations.h"
#include "kinesis_core/api/internal/shard_iterator_tokens.h"
#include "kinesis_core/api/internal/shard_metrics.h"
#include "kinesis_core/api/internal/shard_shapes.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/stream_address.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::IssuedIterator;
using internal::StreamEntry;
using internal::StreamPtr;

}  // namespace

absl::StatusOr<GetShardIteratorResponse> internal::EngineClient::GetShardIterator(
    const GetShardIteratorRequest& request) {
  absl::StatusOr<GetShardIteratorResponse> response = MakeShardIterator(request);
  if (core_->faults() != nullptr) [[unlikely]] {
    CallAnswer answer{.operation = Operation::kGetShardIterator, .status = response.status()};
    if (request.shard_id) answer.shard = internal::Resolve(*request.shard_id);
    if (request.shard_iterator_type) {
      answer.start = internal::Resolve(*request.shard_iterator_type);
    }
    core_->faults()->OnAnswer(answer);
  }
  return response;
}

absl::StatusOr<GetShardIteratorResponse> internal::EngineClient::MakeShardIterator(
    const GetShardIteratorRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kGetShardIterator, request, time));
  const internal::StartRequest start{*request.shard_iterator_type, request.starting_sequence_number,
                                     request.timestamp};
  KC_RETURN_IF_ERROR(internal::CheckIteratorType(core_->limits(), start.type));
  KC_ASSIGN_OR_RETURN(const std::string& stream_text,
                      core_->gates().CheckNames(internal::AddressOf(request)));
  KC_RETURN_IF_ERROR(core_->gates().CheckShardIdText(*request.shard_id, stream_text));
  const absl::StatusOr<StreamPtr> found = core_->gates().FindStream(request, time);
  // Here the service misses the shard where others miss the stream.
  if (IsError(found.status(), ErrorType::kResourceNotFound) ||
      (found.ok() && !(*found)->IsOpen(time))) {
    return core_->errors().ShardDoesNotExist(internal::Resolve(*request.shard_id)->ToString(),
                                             stream_text);
  }
  if (!found.ok()) return found.status();
  StreamEntry& stream = **found;
  KC_ASSIGN_OR_RETURN(const kinesis::Shard& shard,
                      core_->gates().FindShardToRead(*request.shard_id, stream));
  const bool dry_run = request.dry_run.value_or(false);
  if (!dry_run && core_->limits().rates &&
      !stream.throttles().TryGetIterator(shard.id(), time.ms())) {
    return core_->errors().ShardRateExceeded(shard.id().ToString(), stream.name());
  }
  KC_ASSIGN_OR_RETURN(
      const kinesis::Iterator iterator,
      internal::MakeIterator(*core_, stream, shard, start, "GetShardIterator", time));
  if (dry_run) return core_->errors().DryRunSucceeded();
  return GetShardIteratorResponse{
      ShardIterator(std::make_shared<const IssuedIterator>(IssuedIterator{
          *found, stream.identity(), iterator, time.ms(), core_->tokens().NextIteratorSerial()}))};
}

// --- GetRecords ----------------------------------------------------------------------------------

namespace {

absl::Status InvalidIterator() {
  return MakeError(ErrorType::kInvalidArgument, "Invalid ShardIterator.");
}

// As the service writes times in messages.
std::string TimeText(int64_t time_ms) {
  return absl::FormatTime("%a %b %d %H:%M:%S UTC %Y", absl::FromUnixMillis(time_ms),
                          absl::UTCTimeZone());
}

absl::Status IteratorExpired(const ClientCore& core, int64_t issued_ms, int64_t now_ms) {
  const int64_t lifetime_ms = core.tokens().iterator_lifetime_ms();
  return MakeError(ErrorType::kExpiredIterator,
                   "Iterator expired. The iterator was created at time " + TimeText(issued_ms) +
                       " while right now it is " + TimeText(now_ms) +
                       " which is further in the future than the tolerated delay of " +
                       std::to_string(lifetime_ms) + " milliseconds.");
}

absl::Status CheckAge(const ClientCore& core, int64_t issued_ms, int64_t now_ms) {
  if (now_ms - issued_ms <= core.tokens().iterator_lifetime_ms()) return absl::OkStatus();
  return IteratorExpired(core, issued_ms, now_ms);
}

// The next token in the making: it begins at the place of the one that was given, and the read
// moves it on.
using Place = std::shared_ptr<IssuedIterator>;

absl::StatusOr<Place> ReadText(ClientCore& core, std::string_view text, CallTime& time) {
  // The service takes it in quotes, too.
  if (text.size() > 1 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  const auto content = internal::ReadShardIterator(core.tokens().seal_key(), text);
  if (!content.has_value()) return InvalidIterator();
  KC_RETURN_IF_ERROR(CheckAge(core, content->issued_ms, time.ms()));
  const StreamPtr stream = core.gates().FindStreamByUid(content->stream_uid, time);
  if (stream == nullptr || !stream->IsOpen(time)) {
    return core.errors().StreamNotFound(content->stream_name);
  }
  KC_ASSIGN_OR_RETURN(const kinesis::Shard& shard,
                      core.gates().FindShardToRead(content->shard_id, *stream));
  const absl::StatusOr<kinesis::Iterator> iterator =
      shard.CreateIterator(kinesis::IteratorStart::AfterSequenceNumber(content->position));
  if (!iterator.ok()) return core.errors().FromEngine(iterator.status(), stream->name());
  return std::make_shared<IssuedIterator>(
      IssuedIterator{stream, stream->identity(), *iterator, time.ms(), content->serial + 1});
}

absl::StatusOr<Place> ReadToken(ClientCore& core, const ShardIterator& token, CallTime& time) {
  if (token.is_text()) return ReadText(core, token.text(), time);
  const IssuedIterator& issued = token.issued();
  if (!(issued.identity.key == core.tokens().seal_key())) return InvalidIterator();
  KC_RETURN_IF_ERROR(CheckAge(core, issued.issued_ms, time.ms()));
  core.lifecycle().AdvanceIfDue(*issued.stream, time);
  if (!issued.stream->IsOpen(time)) return core.errors().StreamNotFound(issued.identity.name);
  auto place = std::make_shared<IssuedIterator>(issued);
  place->issued_ms = time.ms();
  ++place->serial;
  return place;
}

// The stream that a request names beside its token has to be the token's.
absl::Status CheckSameStream(const ClientCore& core, const GetRecordsRequest& request,
                             const StreamEntry& stream) {
  const bool same = (!request.stream_arn || *request.stream_arn == stream.arn()) &&
                    (!request.stream_id || *request.stream_id == stream.id());
  if (same) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "The ShardIterator is not of the stream that is "
                   "named, but of " +
                       core.errors().StreamText(stream.name()) + ".");
}

// The error that a test injects into a read.
absl::Status InjectedError(const ClientCore& core, ErrorType type, ShardId shard,
                           const StreamEntry& stream, int64_t now_ms) {
  if (type != ErrorType::kExpiredIterator)
    return core.errors().InjectedIntoShard(type, shard, stream.name());
  return IteratorExpired(core, now_ms - core.tokens().iterator_lifetime_ms() - 1, now_ms);
}

// A page without records, which a test injects whatever there is to read: the place stays.
absl::StatusOr<GetRecordsResponse> EmptyPage(const ClientCore& core, const Place& place,
                                             int64_t now_ms) {
  kinesis::Iterator peek = place->position;
  const ReadResult batch = peek.Read({.max_records = 1});
  if (!batch.ok()) return core.errors().FromEngine(batch.status(), place->stream->name());
  GetRecordsResponse response;
  if (!batch->empty()) {
    const int64_t arrival_ms = absl::ToUnixMillis((*batch)[0].arrival_time);
    response.millis_behind_latest = std::max<int64_t>(now_ms - arrival_ms, 0);
  }
  response.next_shard_iterator.emplace(place);
  return response;
}

// The shard that a token is of, good or not; nothing if the client did not make it.
std::optional<ShardId> ShardOf(const ClientCore& core, const ShardIterator& token) {
  if (!token.is_text()) return token.issued().position.shard_id();
  const auto content = internal::ReadShardIterator(core.tokens().seal_key(), token.text());
  if (!content.has_value()) return std::nullopt;
  return content->shard_id;
}

internal::ShardMetrics::Reads ReadsOf(const RecordBatch& batch, int64_t now_ms) {
  internal::ShardMetrics::Reads reads{static_cast<int64_t>(batch.size()),
                                      static_cast<int64_t>(batch.payload_bytes()),
                                      absl::ToInt64Milliseconds(batch.behind_latest())};
  if (!batch.empty()) {
    const absl::Time arrival = batch[batch.size() - 1].arrival_time;
    reads.age_ms = std::max<int64_t>(now_ms - absl::ToUnixMillis(arrival), 0);
  }
  return reads;
}

}  // namespace

absl::StatusOr<GetRecordsResponse> internal::EngineClient::GetRecords(
    const GetRecordsRequest& request) {
  absl::StatusOr<GetRecordsResponse> response = ReadRecords(request);
  if (core_->faults() != nullptr) [[unlikely]] {
    CallAnswer answer{.operation = Operation::kGetRecords, .status = response.status()};
    if (request.shard_iterator) {
      answer.shard = ShardOf(*core_, *request.shard_iterator);
    }
    if (response.ok()) {
      internal::NoteRecords(response->records, &answer);
      answer.has_next = response->next_shard_iterator.has_value();
    }
    core_->faults()->OnAnswer(answer);
  }
  return response;
}

absl::StatusOr<GetRecordsResponse> internal::EngineClient::ReadRecords(
    const GetRecordsRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kGetRecords, request, time));
  const int64_t now_ms = time.ms();
  KC_ASSIGN_OR_RETURN(Place place, ReadToken(*core_, *request.shard_iterator, time));
  StreamEntry& stream = *place->stream;
  KC_RETURN_IF_ERROR(CheckSameStream(*core_, request, stream));
  if (request.dry_run.value_or(false)) return core_->errors().DryRunSucceeded();
  kinesis::Iterator& iterator = place->position;
  std::optional<ReadFault> fault;
  if (core_->faults() != nullptr) [[unlikely]] {
    fault = core_->faults()->OnRead(stream.stream(), iterator.shard_id());
  }
  if (fault && fault->error) {
    return InjectedError(*core_, *fault->error, iterator.shard_id(), stream, now_ms);
  }
  const Limits& limits = core_->limits();
  if (limits.rates && !stream.throttles().TryRead(iterator.shard_id(), now_ms)) {
    if (stream.metrics().CountsReads()) {
      stream.metrics().CountRefusedRead(iterator.shard_id(), now_ms);
    }
    return core_->errors().ShardRateExceeded(iterator.shard_id().ToString(), stream.name());
  }
  uint64_t count = static_cast<uint64_t>(request.limit.value_or(limits.get_records_count_max));
  if (fault) count = std::min(count, fault->records_max);
  if (count == 0) return EmptyPage(*core_, place, now_ms);
  ReadResult batch = iterator.Read(
      {.max_records = count, .max_bytes = static_cast<uint64_t>(limits.get_records_bytes_max)});
  if (!batch.ok()) return core_->errors().FromEngine(batch.status(), stream.name());
  if (limits.rates) {
    stream.throttles().ChargeRead(iterator.shard_id(), static_cast<int64_t>(batch->payload_bytes()),
                                  now_ms);
  }
  if (stream.metrics().CountsReads()) {
    stream.metrics().CountReads(iterator.shard_id(), ReadsOf(*batch, now_ms), now_ms);
  }
  absl::StatusOr<GetRecordsResponse> result(absl::in_place);
  GetRecordsResponse& response = *result;
  response.millis_behind_latest = absl::ToInt64Milliseconds(batch->behind_latest());
  if (batch->end_of_shard()) {
    const std::span<const ShardId> children = batch->child_shards();
    response.child_shards = internal::ChildShardShapes(
        stream.stream(), std::vector<ShardId>(children.begin(), children.end()));
  }
  std::optional<EncryptionType> encryption;
  if (stream.encryption_type() != EncryptionType::kNone) encryption = stream.encryption_type();
  response.records = RecordList(std::move(*batch), encryption);
  if (!response.child_shards) response.next_shard_iterator.emplace(std::move(place));
  return result;
}

}  // namespace kinesis::api
