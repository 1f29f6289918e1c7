// For every operation that asks for a state: the stream is in another one. And for those that name
// a shard or a consumer: there is none of that name.
#include <string_view>

#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"
#include "kinesis_core/testing/conformance/request_address.h"

namespace kinesis::api::testing {
namespace {

// The state that an operation asks its stream to be in.
enum class Wants {
  kAnything,  // it describes
  kOpen,      // records go in and out; else the stream is not there
  kSettled,   // ACTIVE or UPDATING
  kActive,
};

Wants WantsOf(Operation operation) {
  switch (operation) {
    case Operation::kDescribeStream:
    case Operation::kDescribeStreamSummary:
      return Wants::kAnything;
    case Operation::kGetShardIterator:
    case Operation::kPutRecord:
    case Operation::kPutRecords:
      return Wants::kOpen;
    case Operation::kAddTagsToStream:
    case Operation::kDeleteResourcePolicy:
    case Operation::kDeleteStream:
    case Operation::kGetResourcePolicy:
    case Operation::kListShards:
    case Operation::kListStreamConsumers:
    case Operation::kListTagsForResource:
    case Operation::kListTagsForStream:
    case Operation::kPutResourcePolicy:
    case Operation::kRegisterStreamConsumer:
    case Operation::kRemoveTagsFromStream:
    case Operation::kTagResource:
    case Operation::kUntagResource:
      return Wants::kSettled;
    default:
      return Wants::kActive;
  }
}

void MakeCreating(SampleWorld& world) {
  world.client().CreateStream({.stream_name = "fresh", .shard_count = 2}).IgnoreError();
}
void MakeUpdating(SampleWorld& world) {
  MakeCreating(world);
  world.Settle();
  world.client()
      .EnableEnhancedMonitoring(
          {.stream_name = "fresh",
           .shard_level_metrics = std::vector<TextOr<MetricsName>>{MetricsName::kAll}})
      .IgnoreError();
}
void MakeDeleting(SampleWorld& world) {
  MakeCreating(world);
  world.Settle();
  world.client().DeleteStream({.stream_name = "fresh"}).IgnoreError();
}

template <class Traits>
void AddState(const std::string& state, void (*prepare)(SampleWorld&),
              std::vector<BadInputCase>* cases) {
  using Request = typename Traits::Request;
  const Wants wants = WantsOf(Traits::kOperation);
  if (wants == Wants::kAnything) return;
  if (state == "UPDATING" && wants != Wants::kActive) return;
  // A stream that is being made can be deleted.
  if (state == "CREATING" && Traits::kOperation == Operation::kDeleteStream) return;
  BadInputCase added;
  added.name = std::string(ToText(Traits::kOperation)) + "_While_" + state;
  added.prepare = prepare;
  added.call = [](SampleWorld& world) {
    auto request = SampleRequest<Request>(world);
    StreamAddress address;
    if constexpr (kHasName<Request>) {
      address.name = "fresh";
    } else {
      address.arn = SampleWorld::ArnOf("fresh");
    }
    SetAddress(address, &request);
    return StatusOf((world.client().*Traits::kMethod)(request));
  };
  added.error = wants == Wants::kOpen ? ErrorType::kResourceNotFound : ErrorType::kResourceInUse;
  added.message = "Stream fresh under account 000000000000 ";
  if (Traits::kOperation == Operation::kGetShardIterator) {
    added.message =
        "Shard shardId-000000000000 in stream fresh under account 000000000000 does not exist";
  } else if (wants == Wants::kOpen) {
    added.message += "not found.";
  } else {
    added.message += wants == Wants::kActive ? "not ACTIVE" : "not ACTIVE or UPDATING";
    added.message += ", instead in state " + state;
  }
  cases->push_back(std::move(added));
}

// --- Shards and consumers ------------------------------------------------------------------------

constexpr std::string_view kAbsentShard = "shardId-000000000009";
constexpr std::string_view kNoShard = "shard-x";  // of the right pattern, and no id at all

// The sample of that operation with a shard that is not there.
template <Operation kOperation, class Set>
void AddShard(const std::string& member, std::string_view shard, const Set& set,
              const std::string& before, const std::string& after,
              std::vector<BadInputCase>* cases) {
  using Traits = internal::OperationTraits<kOperation>;
  BadInputCase added;
  added.name = std::string(ToText(kOperation)) + "_" + member +
               (shard == kNoShard ? "_IsNone" : "_IsNotThere");
  added.call = [set, shard](SampleWorld& world) {
    auto request = SampleRequest<typename Traits::Request>(world);
    set(shard, &request);
    return StatusOf((world.client().*Traits::kMethod)(request));
  };
  added.error = ErrorType::kResourceNotFound;
  added.message =
      before + std::string(shard) + " in stream orders under account 000000000000" + after;
  cases->push_back(std::move(added));
}

void AddShards(std::string_view shard, std::vector<BadInputCase>* cases) {
  const bool is_none = shard == kNoShard;
  const std::string before = is_none ? "Could not find shard " : "Shard ";
  const std::string after = is_none ? "." : " does not exist";
  AddShard<Operation::kGetShardIterator>(
      "ShardId", shard, [](std::string_view id, auto* request) { request->shard_id = id; }, before,
      after, cases);
  AddShard<Operation::kSubscribeToShard>(
      "ShardId", shard, [](std::string_view id, auto* request) { request->shard_id = id; }, before,
      after, cases);
  AddShard<Operation::kSplitShard>(
      "ShardToSplit", shard,
      [](std::string_view id, auto* request) { request->shard_to_split = id; },
      "Could not find shard ", ".", cases);
  AddShard<Operation::kMergeShards>(
      "ShardToMerge", shard,
      [](std::string_view id, auto* request) { request->shard_to_merge = id; },
      "Could not find shard ", ".", cases);
  AddShard<Operation::kMergeShards>(
      "AdjacentShardToMerge", shard,
      [](std::string_view id, auto* request) { request->adjacent_shard_to_merge = id; },
      "Could not find shard ", ".", cases);
}

// Listings go on after a shard that need not be there, but has to be an id.
void AddStartShards(std::vector<BadInputCase>* cases) {
  const auto set = [](std::string_view id, auto* request) {
    request->exclusive_start_shard_id = id;
  };
  AddShard<Operation::kDescribeStream>("ExclusiveStartShardId", kNoShard, set,
                                       "Could not find shard ", ".", cases);
  AddShard<Operation::kListShards>("ExclusiveStartShardId", kNoShard, set, "Could not find shard ",
                                   ".", cases);
}

template <class Traits>
void AddConsumer(std::vector<BadInputCase>* cases) {
  using Request = typename Traits::Request;
  BadInputCase added;
  added.name = std::string(ToText(Traits::kOperation)) + "_UnknownConsumer";
  added.call = [](SampleWorld& world) {
    auto request = SampleRequest<Request>(world);
    request.resource_arn = SampleWorld::ArnOf("orders/consumer/nobody:1600000000");
    return StatusOf((world.client().*Traits::kMethod)(request));
  };
  added.error = ErrorType::kResourceNotFound;
  added.message = "Consumer nobody, stream orders under account 000000000000 not found.";
  cases->push_back(std::move(added));
}

}  // namespace

std::vector<BadInputCase> StateCases() {
  std::vector<BadInputCase> cases;
  internal::ForEachOperation([&cases](auto traits) {
    using Traits = decltype(traits);
    if constexpr (kHasAddress<typename Traits::Request>) {
      AddState<Traits>("CREATING", MakeCreating, &cases);
      AddState<Traits>("UPDATING", MakeUpdating, &cases);
      AddState<Traits>("DELETING", MakeDeleting, &cases);
    }
  });
  return cases;
}

std::vector<BadInputCase> NotThereCases() {
  std::vector<BadInputCase> cases;
  AddShards(kAbsentShard, &cases);
  AddShards(kNoShard, &cases);
  AddStartShards(&cases);
  internal::ForEachOperation([&cases](auto traits) {
    using Traits = decltype(traits);
    if constexpr (kHasResourceArn<typename Traits::Request>) AddConsumer<Traits>(&cases);
  });
  return cases;
}

}  // namespace kinesis::api::testing
