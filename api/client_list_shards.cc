// ListShards.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/describe_shard_operations.h"
#include "kinesis_core/api/internal/shard_filter.h"
#include "kinesis_core/api/internal/shard_shapes.h"

namespace kinesis::api {
namespace {

using internal::ClientCore;
using internal::ResolvedShardFilter;
using internal::StreamPtr;
using internal::StreamRecord;

absl::Status Invalid(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

// Where a listing stands: at its beginning, or after a page.
struct Listing {
  StreamPtr stream;
  ResolvedShardFilter filter;
  std::optional<ShardId> after;
};

// A token says everything; nothing else may be said beside it.
absl::Status CheckTokenAlone(const ListShardsRequest& request) {
  if (!internal::AddressOf(request).empty()) {
    return Invalid("NextToken and StreamName cannot be provided together.");
  }
  if (request.exclusive_start_shard_id) {
    return Invalid("NextToken and ExclusiveStartShardId cannot be provided together.");
  }
  if (request.stream_creation_timestamp) {
    return Invalid("NextToken and StreamCreationTimestamp cannot be provided together.");
  }
  if (request.shard_filter) {
    return Invalid("NextToken and ShardFilter cannot be provided together.");
  }
  return absl::OkStatus();
}

absl::StatusOr<Listing> ResumeListing(ClientCore& core, const ListShardsRequest& request) {
  if (absl::Status status = CheckTokenAlone(request); !status.ok()) return status;
  const auto token = core.ReadNextToken(Operation::kListShards, *request.next_token);
  if (!token.ok()) return token.status();
  Listing listing;
  std::string_view rest = token->marker;
  const auto filter = ResolvedShardFilter::Decode(&rest);
  const auto after = internal::TakeNumber(&rest);
  if (!filter || !after) return Invalid("Invalid NextToken.");
  listing.filter = *filter;
  listing.after = ShardId(static_cast<uint32_t>(*after));
  core.FinishDeletions();
  listing.stream = core.streams().FindByUid(token->stream_uid);
  if (listing.stream == nullptr) return core.StreamNotFound(rest);
  return listing;
}

absl::StatusOr<Listing> BeginListing(ClientCore& core, const ListShardsRequest& request) {
  if (internal::AddressOf(request).empty()) {
    return Invalid("Either NextToken or StreamName should be provided.");
  }
  absl::StatusOr<StreamPtr> stream = core.FindStream(request);
  if (!stream.ok()) return stream.status();
  Listing listing;
  listing.stream = *std::move(stream);
  if (request.stream_creation_timestamp &&
      !listing.stream->WasCreatedAt(*request.stream_creation_timestamp)) {
    return core.StreamNotFound(listing.stream->name());
  }
  const int64_t now_ms = core.NowMs();
  const int64_t retention_ms = absl::ToInt64Milliseconds(listing.stream->stream().retention());
  const auto filter = internal::ResolveShardFilter(
      request.shard_filter, now_ms, std::max(now_ms - retention_ms, listing.stream->created_ms()));
  if (!filter.ok()) return filter.status();
  listing.filter = *filter;
  if (request.exclusive_start_shard_id) {
    listing.after = internal::Resolve(*request.exclusive_start_shard_id);
    if (!listing.after) {
      return core.ShardNotFoundToReshard(internal::WireText(*request.exclusive_start_shard_id),
                                         *listing.stream);
    }
  }
  return listing;
}

}  // namespace

absl::StatusOr<ListShardsResponse> Client::ListShards(const ListShardsRequest& request) {
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

absl::StatusOr<ListShardsResponse> Client::ListShardsOf(const ListShardsRequest& request) {
  if (absl::Status status = core_->Admit(Operation::kListShards, request); !status.ok()) {
    return status;
  }
  const absl::StatusOr<Listing> listing =
      request.next_token ? ResumeListing(*core_, request) : BeginListing(*core_, request);
  if (!listing.ok()) return listing.status();
  StreamRecord& stream = *listing->stream;
  if (absl::Status status = core_->CheckRate(Operation::kListShards, stream); !status.ok()) {
    return status;
  }
  {
    const StreamRecord::Locked state = stream.Lock();
    if (absl::Status status = core_->RequireSettled(stream, state); !status.ok()) return status;
  }
  const Limits& limits = core_->limits();
  const auto most = static_cast<size_t>(
      std::min(request.max_results ? *request.max_results : limits.list_shards_default,
               limits.list_shards_max));
  ListShardsResponse response;
  for (const kinesis::Shard& shard : stream.stream().ListShards()) {
    if (listing->after && shard.id() <= *listing->after) continue;
    if (!listing->filter.Matches(shard)) continue;
    if (response.shards.size() == most) {
      std::string marker = listing->filter.Encode();
      internal::AppendNumber(response.shards.back().shard_id.index(), &marker);
      response.next_token =
          core_->MakeNextToken(Operation::kListShards, stream.uid(), marker + stream.name());
      break;
    }
    response.shards.push_back(internal::ShardShape(shard));
  }
  return response;
}

}  // namespace kinesis::api
