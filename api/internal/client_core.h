// ClientCore: a client's parts, put together. Operations stand above it, in client_*.cc, and every
// part knows only those below it:
//
//   client_*.cc                    the operations, by group
//   ClientCore                     holds the parts
//   Gates, Account                 what operations check before they begin
//   Lifecycle                      what happens as time passes; on_demand_scaling.h
//   StreamDirectory, StreamEntry   what is there; ChannelDirectory likewise
//   StateStore                     what of that outlives the process
//   TokenIssuer, ServiceErrors     what is given out and what is said
//
// Locks, in the order in which they are taken: Account's, a StreamEntry's, ChannelDirectory's, the
// stripes of StreamDirectory, those of throttles, metrics and subscriptions. Lifecycle's and
// ConsumerSeconds' come after a StreamEntry's, too. Those of the engine come last: what is locked
// is saved before it is unlocked.
#ifndef KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_
#define KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/internal/account.h"
#include "kinesis_core/api/internal/channel_directory.h"
#include "kinesis_core/api/internal/consumer_seconds.h"
#include "kinesis_core/api/internal/gates.h"
#include "kinesis_core/api/internal/lifecycle.h"
#include "kinesis_core/api/internal/service_errors.h"
#include "kinesis_core/api/internal/state_store.h"
#include "kinesis_core/api/internal/stream_directory.h"
#include "kinesis_core/api/internal/stream_entry.h"
#include "kinesis_core/api/internal/token_issuer.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently.
class ClientCore {
 public:
  // `engine` is `*owned`, if that is given, and else outlives this. Brings back what clients have
  // left in the engine's directory. An error is StateStore's: nothing has changed then.
  static absl::StatusOr<std::unique_ptr<ClientCore>> Create(std::unique_ptr<Engine> owned,
                                                            Engine& engine,
                                                            const ClientOptions& options);
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  Engine& engine() const { return engine_; }
  Clock& clock() const { return clock_; }
  const ClientOptions& options() const { return options_; }
  const Limits& limits() const { return options_.limits; }
  const LifecycleDelays& delays() const { return options_.delays; }
  // Null unless a test injects faults.
  FaultInjector* faults() const { return options_.faults; }

  // Requires: no operation runs.
  void SetLimits(const Limits& limits, const LifecycleDelays& delays);

  const ServiceErrors& errors() const { return errors_; }
  TokenIssuer& tokens() { return tokens_; }
  const TokenIssuer& tokens() const { return tokens_; }
  StreamDirectory& streams() { return streams_; }
  ChannelDirectory& channels() { return channels_; }
  ConsumerSeconds& consumer_seconds() { return consumer_seconds_; }
  Lifecycle& lifecycle() { return lifecycle_; }
  const Lifecycle& lifecycle() const { return lifecycle_; }
  Gates& gates() { return gates_; }
  const Gates& gates() const { return gates_; }
  Account& account() { return account_; }
  StateStore& store() { return *store_; }

  // Saves what has been changed of a stream, or of the channels, before that is answered. An error
  // is the service's for the engine's; nothing has changed then, and no pointer into the state or
  // to a channel is valid.
  absl::Status Save(StreamEntry::Locked& state) const { return Save(state, state.facts()); }
  absl::Status Save(StreamEntry::Locked& state, const StreamFacts& facts) const;
  absl::Status Save(ChannelDirectory::Locked& channels) const;

 private:
  ClientCore(std::unique_ptr<Engine> owned, Engine& engine, std::unique_ptr<StateStore> store,
             const ClientOptions& options);
  absl::Status Load();

  const std::unique_ptr<Engine> owned_;
  Engine& engine_;
  Clock& clock_;
  ClientOptions options_;
  const std::unique_ptr<StateStore> store_;

  const ServiceErrors errors_;
  TokenIssuer tokens_;
  StreamDirectory streams_;
  ChannelDirectory channels_;
  ConsumerSeconds consumer_seconds_;
  Lifecycle lifecycle_;
  Gates gates_;
  Account account_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_
