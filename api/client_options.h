// ClientOptions: the choices that are made with a client.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_CLIENT_OPTIONS_H_
#define KINESIS_CORE_API_CLIENT_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "kinesis_core/api/limits.h"
#include "kinesis_core/options.h"

namespace kinesis::api {

class FaultInjector;

struct ClientOptions {
  // Twelve digits, and a region's name: they appear in ARNs and messages. kInvalidArgument if they
  // are not.
  std::string account_id = "000000000000";
  std::string region = "us-east-1";

  Limits limits = Limits::Kinesis();
  LifecycleDelays delays = {};

  // The engine's options of every stream that is made: capacity, overflow policy, partitioner. Its
  // shard count, retention and record distribution strategy are the API's; and so is its
  // durability at the least, kProcess in an engine with a directory: kInterval and kGroup are more.
  // By default a shard holds what retention holds, and memory_budget_bytes of the engine bounds
  // the memory: a put that finds it full gets InternalFailureException, which says so.
  StreamOptions stream_options = {.shard_capacity_bytes = kMaxShardCapacityBytes};

  // Signs shard iterators and other tokens. Left out: random, so that no other client takes them.
  // Given: their text is the same at every run.
  std::optional<uint64_t> token_seed = std::nullopt;

  // Asked what is to go wrong (fault_injector.h), and outlives the client. Null: nothing but what
  // the service's rules say.
  FaultInjector* faults = nullptr;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_CLIENT_OPTIONS_H_
