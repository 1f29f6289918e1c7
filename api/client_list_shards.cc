// ListShards.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/schema_shard_operations.h"
#include "kinesis_core/api/internal/shard_filter.h"
#include "kinesis_core/api/internal/shard_shapes.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/stream_address.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::ResolvedShardFilter;
using internal::StreamEntry;
using internal::StreamPtr;

absl::Status Invalid(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

// Where a page of a listing begins, and which shards are on it.
struct Listing {
  StreamPtr stream;
  ResolvedShardFilter filter;
  std::optional<ShardId> after;
};

// InvalidArgumentException for any member beside a token, which says all of them.
absl::Status CheckTokenAlone(const ListShardsRequest& request) {
  const auto together = [](std::string_view member) {
    return Invalid("NextToken and " + std::string(member) + " cannot be provided together.");
  };
  if (request.stream_name) return together("StreamName");
  if (request.stream_arn) return together("StreamARN");
  if (request.stream_id) return together("StreamId");
  if (request.exclusive_start_shard_id) {
    return together("ExclusiveStartShardId");
  }
  if (request.stream_creation_timestamp) {
    return together("StreamCreationTimestamp");
  }
  if (request.shard_filter) {
    return together("ShardFilter");
  }
  return absl::OkStatus();
}

absl::StatusOr<Listing> ResumeListing(ClientCore& core, const ListShardsRequest& request,
                                      CallTime& time) {
  KC_RETURN_IF_ERROR(CheckTokenAlone(request));
  KC_ASSIGN_OR_RETURN(
      const internal::PaginationToken& token,
      core.tokens().ReadNextToken(Operation::kListShards, *request.next_token, time));
  Listing listing;
  std::string_view rest = token.marker;
  const auto filter = ResolvedShardFilter::Decode(&rest);
  const auto after = internal::TakeNumber(&rest);
  if (!filter || !after) return Invalid("Invalid NextToken.");
  listing.filter = *filter;
  listing.after = ShardId(static_cast<uint32_t>(*after));
  listing.stream = core.gates().FindStreamByUid(token.stream_uid, time);
  if (listing.stream == nullptr) return core.errors().StreamNotFound(rest);
  return listing;
}

absl::StatusOr<Listing> BeginListing(ClientCore& core, const ListShardsRequest& request,
                                     CallTime& time) {
  const internal::StreamAddress address = internal::AddressOf(request);
  if (address.empty()) return Invalid("Either NextToken or StreamName should be provided.");
  Listing listing;
  if (request.exclusive_start_shard_id) {
    KC_ASSIGN_OR_RETURN(const std::string& stream_text, core.gates().CheckNames(address));
    KC_RETURN_IF_ERROR(
        core.gates().CheckShardIdText(*request.exclusive_start_shard_id, stream_text));
    listing.after = internal::Resolve(*request.exclusive_start_shard_id);
  }
  KC_ASSIGN_OR_RETURN(listing.stream, core.gates().FindStream(request, time));
  if (request.stream_creation_timestamp &&
      !listing.stream->WasCreatedAt(*request.stream_creation_timestamp)) {
    return core.errors().StreamNotFound(listing.stream->name());
  }
  const int64_t retention_ms = absl::ToInt64Milliseconds(listing.stream->stream().retention());
  KC_ASSIGN_OR_RETURN(const ResolvedShardFilter& filter,
                      internal::ResolveShardFilter(
                          request.shard_filter, time,
                          std::max(time.ms() - retention_ms, listing.stream->created_ms())));
  listing.filter = filter;
  return listing;
}

}  // namespace

absl::StatusOr<ListShardsResponse> internal::EngineClient::ListShards(
    const ListShardsRequest& request) {
  absl::StatusOr<ListShardsResponse> response = ListShardsOf(request);
  if (core_->faults() != nullptr) [[unlikely]] {
    CallAnswer answer{.operation = Operation::kListShards, .status = response.status()};
    if (response.ok()) {
      answer.count = response->shards.size();
      answer.has_next = response->next_token.has_value();
    }
    core_->faults()->OnAnswer(answer);
  }
  return response;
}

absl::StatusOr<ListShardsResponse> internal::EngineClient::ListShardsOf(
    const ListShardsRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kListShards, request, time));
  KC_ASSIGN_OR_RETURN(const Listing listing, request.next_token
                                                 ? ResumeListing(*core_, request, time)
                                                 : BeginListing(*core_, request, time));
  StreamEntry& stream = *listing.stream;
  KC_RETURN_IF_ERROR(core_->gates().CheckRate(Operation::kListShards, stream, time));
  {
    const StreamEntry::Locked state = stream.Lock();
    KC_RETURN_IF_ERROR(core_->gates().RequireActiveOrUpdating(stream, state, time));
  }
  const Limits& limits = core_->limits();
  const auto most = static_cast<size_t>(
      std::min(request.max_results ? *request.max_results : limits.list_shards_default,
               limits.list_shards_max));
  ListShardsResponse response;
  for (const kinesis::Shard& shard : stream.stream().ListShards()) {
    if (listing.after && shard.id() <= *listing.after) continue;
    if (!listing.filter.Matches(shard)) continue;
    if (response.shards.size() == most) {
      std::string marker = listing.filter.Encode();
      internal::AppendNumber(response.shards.back().shard_id.index(), &marker);
      response.next_token = core_->tokens().MakeNextToken(Operation::kListShards, stream.uid(),
                                                          marker + stream.name(), time);
      break;
    }
    response.shards.push_back(internal::ShardShape(shard));
  }
  return response;
}

}  // namespace kinesis::api
