// RegisterStreamConsumer, DescribeStreamConsumer, ListStreamConsumers, DeregisterStreamConsumer,
// SubscribeToShard.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/consumer_entry.h"
#include "kinesis_core/api/internal/consumer_shard.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/iterator_start.h"
#include "kinesis_core/api/internal/schema_consumer_operations.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/stream_address.h"
#include "kinesis_core/api/internal/subscription.h"
#include "kinesis_core/api/internal/tag_rules.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::ConsumerEntry;
using internal::ConsumerShard;
using internal::StreamAddress;
using internal::StreamEntry;
using internal::StreamPtr;

Consumer ConsumerShape(const ConsumerEntry& consumer, int64_t now_ms) {
  return {consumer.name, consumer.arn, consumer.StatusAt(now_ms),
          absl::FromUnixMillis(consumer.created_ms)};
}

// The stream of a call that counts against its own rate.
template <class Request>
absl::StatusOr<StreamPtr> FindRatedStream(ClientCore& core, Operation operation,
                                          const Request& request, CallTime& time) {
  KC_ASSIGN_OR_RETURN(StreamPtr stream, core.gates().FindStream(request, time));
  KC_RETURN_IF_ERROR(core.gates().CheckRate(operation, *stream, time));
  return stream;
}

}  // namespace

// --- Registering and listing ---------------------------------------------------------------------

namespace {

// The model does not say whether five CREATING are those of a stream or of an account; as the calls
// to register and the twenty consumers are counted by stream, so are these.
absl::Status CheckConsumerCounts(const ClientCore& core, const StreamEntry& stream,
                                 const internal::ConsumerMap& consumers, int64_t now_ms) {
  const Limits& limits = core.limits();
  const auto exceeded = [&](int64_t limit, const std::string& what) {
    return MakeError(ErrorType::kLimitExceeded, "This request would exceed the limit of " +
                                                    std::to_string(limit) + " " + what + " for " +
                                                    core.errors().StreamText(stream.name()) + ".");
  };
  if (static_cast<int64_t>(consumers.size()) >= limits.consumers_per_stream_max) {
    return exceeded(limits.consumers_per_stream_max, "registered consumers");
  }
  const int64_t creating =
      std::count_if(consumers.begin(), consumers.end(), [now_ms](const auto& entry) {
        return entry.second.StatusAt(now_ms) == ConsumerStatus::kCreating;
      });
  if (creating < limits.consumers_creating_max) return absl::OkStatus();
  return exceeded(limits.consumers_creating_max, "consumers in CREATING");
}

}  // namespace

absl::StatusOr<RegisterStreamConsumerResponse> internal::EngineClient::RegisterStreamConsumer(
    const RegisterStreamConsumerRequest& request) {
  constexpr Operation kOperation = Operation::kRegisterStreamConsumer;
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(kOperation, request, time));
  KC_ASSIGN_OR_RETURN(const StreamPtr& found, FindRatedStream(*core_, kOperation, request, time));
  StreamEntry& stream = *found;
  const std::string& name = *request.consumer_name;
  StreamEntry::Locked state = stream.Lock();
  KC_RETURN_IF_ERROR(core_->gates().RequireActiveOrUpdating(stream, state, time));
  const int64_t now_ms = time.ms();
  internal::ConsumerMap& consumers = state->consumers;
  if (internal::FindConsumer(consumers, name, now_ms) != nullptr) {
    return MakeError(ErrorType::kResourceInUse, "Consumer " + name + " under " +
                                                    core_->errors().StreamText(stream.name()) +
                                                    " already exists.");
  }
  if (request.tags) {
    KC_RETURN_IF_ERROR(internal::CheckNewTags(*core_, {}, *request.tags, stream.name()));
  }
  KC_RETURN_IF_ERROR(CheckConsumerCounts(*core_, stream, consumers, now_ms));
  const int64_t second = core_->consumer_seconds().Take(stream.arn(), name, now_ms);
  ConsumerEntry& consumer = consumers[name];
  consumer.name = name;
  consumer.arn = internal::ConsumerArn(stream.arn(), name, second);
  consumer.created_ms = std::max(now_ms, second * 1000);
  consumer.active_at_ms = core_->lifecycle().EndOf(core_->delays().create_consumer, time);
  if (request.tags) consumer.tags = *request.tags;
  RegisterStreamConsumerResponse response{ConsumerShape(consumer, now_ms)};
  KC_RETURN_IF_ERROR(core_->Save(state));
  return response;
}

namespace {

// The name after which a listing goes on, once its members have been found to go together.
absl::StatusOr<std::string> ListConsumersAfter(const ClientCore& core, const StreamEntry& stream,
                                               const ListStreamConsumersRequest& request,
                                               CallTime& time) {
  if (request.next_token && request.stream_creation_timestamp) {
    return MakeError(ErrorType::kInvalidArgument,
                     "NextToken and StreamCreationTimestamp cannot be provided together.");
  }
  if (request.stream_creation_timestamp &&
      !stream.WasCreatedAt(*request.stream_creation_timestamp)) {
    return core.errors().StreamNotFound(stream.name());
  }
  if (!request.next_token) return "";
  KC_ASSIGN_OR_RETURN(
      internal::PaginationToken token,
      core.tokens().ReadNextToken(Operation::kListStreamConsumers, *request.next_token, time));
  if (token.stream_uid != stream.uid()) return core.errors().InvalidNextToken();
  return std::move(token.marker);
}

}  // namespace

absl::StatusOr<ListStreamConsumersResponse> internal::EngineClient::ListStreamConsumers(
    const ListStreamConsumersRequest& request) {
  constexpr Operation kOperation = Operation::kListStreamConsumers;
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(kOperation, request, time));
  KC_ASSIGN_OR_RETURN(const StreamPtr& found, FindRatedStream(*core_, kOperation, request, time));
  StreamEntry& stream = *found;
  StreamEntry::Locked state = stream.Lock();
  KC_RETURN_IF_ERROR(core_->gates().RequireActiveOrUpdating(stream, state, time));
  KC_ASSIGN_OR_RETURN(const std::string after, ListConsumersAfter(*core_, stream, request, time));
  const int64_t now_ms = time.ms();
  internal::ForgetDeleted(state->consumers, now_ms);
  const Limits& limits = core_->limits();
  const auto most = static_cast<size_t>(
      std::min(request.max_results ? *request.max_results : limits.list_consumers_default,
               limits.list_consumers_max));
  ListStreamConsumersResponse response;
  for (auto at = state->consumers.upper_bound(after); at != state->consumers.end(); ++at) {
    if (response.consumers.size() == most) {
      response.next_token = core_->tokens().MakeNextToken(
          kOperation, stream.uid(), response.consumers.back().consumer_name, time);
      break;
    }
    response.consumers.push_back(ConsumerShape(at->second, now_ms));
  }
  return response;
}

// --- One consumer --------------------------------------------------------------------------------

namespace {

// A consumer that was found; its stream is locked as long as this lives.
struct FoundConsumer {
  StreamPtr stream;
  std::optional<StreamEntry::Locked> state;
  ConsumerEntry* consumer = nullptr;
};

absl::Status BadConsumerAddress() {
  return MakeError(ErrorType::kInvalidArgument,
                   "Either ConsumerARN or both StreamARN and ConsumerName should be provided.");
}

// The consumer's name that the members come to: InvalidArgumentException unless they name one, and
// the same one if they name it twice.
absl::StatusOr<std::string> ConsumerNameAt(const std::optional<std::string>& consumer_arn,
                                           const std::optional<std::string>& consumer_name,
                                           const std::optional<std::string>& stream_arn) {
  if (!consumer_arn) {
    if (!consumer_name) return BadConsumerAddress();
    return *consumer_name;
  }
  const std::optional<internal::ArnParts> parts = internal::ParseArn(*consumer_arn);
  if (!parts || !parts->consumer_name) {
    return MakeError(ErrorType::kInvalidArgument,
                     "Invalid ARN " + internal::ShownText(*consumer_arn));
  }
  const bool agree = (!consumer_name || *consumer_name == *parts->consumer_name) &&
                     (!stream_arn || consumer_arn->rfind(*stream_arn + "/consumer/", 0) == 0);
  if (agree) return std::string(*parts->consumer_name);
  return MakeError(ErrorType::kInvalidArgument,
                   "ConsumerARN " + internal::ShownText(*consumer_arn) +
                       " and the StreamARN and ConsumerName that are given do not name the same "
                       "consumer.");
}

// The consumer of that name, of the stream at `address`, and of that ARN if one is given.
// Requires: the request has passed its constraints, and its names agree.
absl::StatusOr<FoundConsumer> FindConsumerAt(ClientCore& core, const StreamAddress& address,
                                             Operation operation, const std::string& name,
                                             const std::optional<std::string>& consumer_arn,
                                             CallTime& time) {
  FoundConsumer found;
  KC_ASSIGN_OR_RETURN(found.stream,
                      core.gates().FindStreamAt(address, time, internal::ArnOf::kStreamOrConsumer));
  KC_RETURN_IF_ERROR(core.gates().CheckRate(operation, *found.stream, time));
  found.state.emplace(*found.stream);
  found.consumer = internal::FindConsumer((*found.state)->consumers, name, time.ms());
  // An ARN names one registration; a later one under the same name is another consumer.
  if (found.consumer == nullptr || (consumer_arn && found.consumer->arn != *consumer_arn)) {
    return core.errors().ConsumerNotFound(name, found.stream->name());
  }
  return found;
}

// The consumer that a request names by either form: its ARN, or its name and its stream's ARN.
template <class Request>
absl::StatusOr<FoundConsumer> FindNamedConsumer(ClientCore& core, Operation operation,
                                                const Request& request, CallTime& time) {
  KC_RETURN_IF_ERROR(core.gates().Admit(operation, request, time));
  KC_ASSIGN_OR_RETURN(
      const std::string name,
      ConsumerNameAt(request.consumer_arn, request.consumer_name, request.stream_arn));
  StreamAddress address = internal::AddressOf(request);
  if (request.consumer_arn) address.arn = *request.consumer_arn;
  if (address.empty()) return BadConsumerAddress();
  return FindConsumerAt(core, address, operation, name, request.consumer_arn, time);
}

}  // namespace

absl::StatusOr<DescribeStreamConsumerResponse> internal::EngineClient::DescribeStreamConsumer(
    const DescribeStreamConsumerRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(const FoundConsumer found,
                      FindNamedConsumer(*core_, Operation::kDescribeStreamConsumer, request, time));
  Consumer shape = ConsumerShape(*found.consumer, time.ms());
  return DescribeStreamConsumerResponse{
      {.consumer_name = std::move(shape.consumer_name),
       .consumer_arn = std::move(shape.consumer_arn),
       .consumer_status = shape.consumer_status,
       .consumer_creation_timestamp = shape.consumer_creation_timestamp,
       .stream_arn = found.stream->arn()}};
}

// A consumer in DELETING stays so for as long as it was going to.
absl::Status internal::EngineClient::DeregisterStreamConsumer(
    const DeregisterStreamConsumerRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(
      FoundConsumer found,
      FindNamedConsumer(*core_, Operation::kDeregisterStreamConsumer, request, time));
  ConsumerEntry& consumer = *found.consumer;
  if (consumer.deleted_at_ms != internal::kNever) return absl::OkStatus();
  consumer.deleted_at_ms = core_->lifecycle().EndOf(core_->delays().delete_consumer, time);
  KC_RETURN_IF_ERROR(core_->Save(*found.state));
  consumer.subscriptions.End();
  return absl::OkStatus();
}

// --- Subscribing ---------------------------------------------------------------------------------

namespace {

// The consumer that a request names. Text that is no shard's id is refused before the consumer is
// looked for.
absl::StatusOr<FoundConsumer> FindSubscriber(ClientCore& core,
                                             const SubscribeToShardRequest& request,
                                             CallTime& time) {
  KC_ASSIGN_OR_RETURN(const std::string name,
                      ConsumerNameAt(request.consumer_arn, std::nullopt, std::nullopt));
  StreamAddress address = internal::AddressOf(request);
  address.arn = *request.consumer_arn;
  KC_ASSIGN_OR_RETURN(const std::string& stream_text,
                      core.gates().CheckNames(address, internal::ArnOf::kStreamOrConsumer));
  KC_RETURN_IF_ERROR(core.gates().CheckShardIdText(*request.shard_id, stream_text));
  return FindConsumerAt(core, address, Operation::kSubscribeToShard, name, request.consumer_arn,
                        time);
}

// The part that the consumer's subscriptions to a shard share. LimitExceededException for the rate,
// if the call is to be charged; ResourceInUseException for the states of stream and consumer.
absl::StatusOr<std::shared_ptr<ConsumerShard>> AdmitSubscription(ClientCore& core,
                                                                 const FoundConsumer& found,
                                                                 ShardId shard, bool charged,
                                                                 CallTime& time) {
  const int64_t now_ms = time.ms();
  ConsumerEntry& consumer = *found.consumer;
  auto subscriptions = consumer.subscriptions.Of(shard, core.limits(), now_ms);
  if (charged && core.limits().rates && !subscriptions->TryCall(now_ms)) {
    return MakeError(ErrorType::kLimitExceeded, "Rate exceeded for consumer " + consumer.arn +
                                                    " and shard " + shard.ToString() + ".");
  }
  KC_RETURN_IF_ERROR(core.gates().RequireActiveOrUpdating(*found.stream, *found.state, time));
  KC_RETURN_IF_ERROR(core.gates().RequireActive(consumer, *found.stream, time));
  return subscriptions;
}

}  // namespace

absl::StatusOr<SubscribeToShardResponse> internal::EngineClient::SubscribeToShard(
    const SubscribeToShardRequest& request) {
  absl::StatusOr<SubscribeToShardResponse> response = Subscribe(request);
  if (core_->faults() != nullptr) [[unlikely]] {
    CallAnswer answer{.operation = Operation::kSubscribeToShard, .status = response.status()};
    if (request.shard_id) answer.shard = internal::Resolve(*request.shard_id);
    if (request.starting_position && request.starting_position->type) {
      answer.start = internal::Resolve(*request.starting_position->type);
    }
    core_->faults()->OnAnswer(answer);
  }
  return response;
}

absl::StatusOr<SubscribeToShardResponse> internal::EngineClient::Subscribe(
    const SubscribeToShardRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kSubscribeToShard, request, time));
  KC_ASSIGN_OR_RETURN(FoundConsumer found, FindSubscriber(*core_, request, time));
  StreamEntry& stream = *found.stream;
  KC_ASSIGN_OR_RETURN(const kinesis::Shard& shard,
                      core_->gates().FindShardToRead(*request.shard_id, stream));
  const bool dry_run = request.dry_run.value_or(false);
  KC_ASSIGN_OR_RETURN(auto subscriptions,
                      AdmitSubscription(*core_, found, shard.id(), !dry_run, time));
  const StartingPosition& start = *request.starting_position;
  KC_ASSIGN_OR_RETURN(kinesis::Iterator iterator,
                      internal::MakeIterator(*core_, stream, shard,
                                             {*start.type, start.sequence_number, start.timestamp},
                                             "SubscribeToShard", time));
  // Last, so that a call that fails is no subscription.
  const std::string& name = found.consumer->name;
  if (dry_run) {
    return subscriptions->MaySubscribe(time.ms())
               ? core_->errors().DryRunSucceeded()
               : core_->errors().SubscriptionExists(name, shard.id(), stream.name());
  }
  const std::optional<uint64_t> number = subscriptions->TrySubscribe(time.ms());
  if (!number) return core_->errors().SubscriptionExists(name, shard.id(), stream.name());
  internal::EngineSubscription::Subject subject{found.stream, name, std::move(subscriptions),
                                                *number};
  return SubscribeToShardResponse{ShardSubscription(std::make_unique<internal::EngineSubscription>(
      *core_, std::move(subject), std::move(iterator), time.ms()))};
}

}  // namespace kinesis::api
