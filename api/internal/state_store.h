// StateStore: where a client keeps what it knows beside the engine's streams. In an engine with a
// directory that is the directory; in one without, nowhere, and what is saved is gone with the
// client.
//
// Each account and region has a place of its own there, as each has streams of its own: a client
// sees what clients of the same account and region have left.
//
// A state is saved when it has been changed and before the call that did so is answered. So what
// was answered is there, and of what was not there is all or nothing: each save is one record of
// the engine's journal, and a new stream comes with its state in one.
#ifndef KINESIS_CORE_API_INTERNAL_STATE_STORE_H_
#define KINESIS_CORE_API_INTERNAL_STATE_STORE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/internal/channel_entry.h"
#include "kinesis_core/api/internal/stored_state.h"
#include "kinesis_core/api/internal/stream_state.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/internal/engine_properties.h"
#include "kinesis_core/stream.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently. The engine outlives it. Errors are the
// engine's; on an error nothing has changed.
class StateStore {
 public:
  // kUnavailable: another client of the account and region has the engine's directory.
  // kInvalidArgument: the streams are to be durable, and the engine has no directory.
  static absl::StatusOr<std::unique_ptr<StateStore>> Open(Engine& engine,
                                                          const ClientOptions& options);

  bool is_durable() const { return properties_ != nullptr; }

  // Makes an engine's stream, in the directory if there is one.
  absl::StatusOr<kinesis::Stream> CreateStream(const std::string& name, StreamOptions options,
                                               const StreamImage& image);
  absl::Status SaveStream(const kinesis::Stream& stream, const StreamFacts& facts,
                          const StreamState& state);
  absl::Status SaveChannels(const ChannelMap& channels);
  absl::Status SaveAccount(const AccountImage& account);

  // --- What was saved last. Requires: is_durable().

  // kNotFound: the stream was not made by a client of this account and region.
  absl::StatusOr<StreamImage> LoadStream(const kinesis::Stream& stream) const;
  absl::StatusOr<ChannelMap> LoadChannels() const;
  absl::StatusOr<AccountImage> LoadAccount() const;

 private:
  StateStore(Engine& engine, std::unique_ptr<kinesis::internal::EngineProperties> properties)
      : engine_(engine), properties_(std::move(properties)) {}

  Engine& engine_;
  const std::unique_ptr<kinesis::internal::EngineProperties> properties_;  // null: none
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STATE_STORE_H_
