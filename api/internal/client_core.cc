#include "kinesis_core/api/internal/client_core.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/status_macros.h"

namespace kinesis::api::internal {

absl::StatusOr<std::unique_ptr<ClientCore>> ClientCore::Create(std::unique_ptr<Engine> owned,
                                                               Engine& engine,
                                                               const ClientOptions& options) {
  KC_ASSIGN_OR_RETURN(auto store, StateStore::Open(engine, options));
  std::unique_ptr<ClientCore> core(
      new ClientCore(std::move(owned), engine, std::move(store), options));
  if (core->store_->is_durable()) KC_RETURN_IF_ERROR(core->Load());
  return core;
}

ClientCore::ClientCore(std::unique_ptr<Engine> owned, Engine& engine,
                       std::unique_ptr<StateStore> store, const ClientOptions& options)
    : owned_(std::move(owned)),
      engine_(engine),
      clock_(engine.clock()),
      options_(options),
      store_(std::move(store)),
      errors_(options_),
      tokens_(options_, errors_),
      channels_(*store_),
      lifecycle_(engine_, options_, streams_),
      gates_(options_, errors_, streams_, lifecycle_),
      account_(options_, *store_, streams_, lifecycle_) {}

absl::Status ClientCore::Load() {
  KC_ASSIGN_OR_RETURN(ChannelMap channels, store_->LoadChannels());
  for (const std::string& name : engine_.ListStreams()) {
    const absl::StatusOr<kinesis::Stream> stream = engine_.OpenStream(name);
    if (absl::IsNotFound(stream.status())) continue;  // deleted meanwhile
    KC_RETURN_IF_ERROR(stream.status());
    absl::StatusOr<StreamImage> image = store_->LoadStream(*stream);
    if (absl::IsNotFound(image.status())) continue;  // made through the engine, or by others
    KC_RETURN_IF_ERROR(image.status());
    // The engine's is in force: a call may not have come to changing it (SetRetention), or its
    // owner has.
    const int64_t hours = stream->retention() / absl::Hours(1);
    if (absl::Hours(hours) == stream->retention()) {
      image->state.retention_hours = static_cast<int32_t>(hours);
    }
    for (const auto& [consumer_name, consumer] : image->state.consumers) {
      consumer_seconds_.Take(StreamArn(options_.region, options_.account_id, name), consumer_name,
                             consumer.created_ms);
    }
    const auto entry = std::make_shared<StreamEntry>(
        StreamNames{name, StreamArn(options_.region, options_.account_id, name)},
        tokens_.seal_key(), *stream, options_.limits, *std::move(image), *store_);
    streams_.Add(entry);
    if (entry->deleted_at_ms() != kNever) lifecycle_.ResumeDeletion(*entry);
  }
  // Of streams that are there: the engine's owner may have deleted one.
  std::erase_if(channels, [this](const auto& channel) {
    return streams_.FindByUid(channel.second.stream_uid) == nullptr;
  });
  channels_.Lock(kAlways).channels() = std::move(channels);
  // Last, as it writes.
  KC_ASSIGN_OR_RETURN(const uint64_t generation, account_.Load());
  tokens_.BeginGeneration(generation);
  return absl::OkStatus();
}

absl::Status ClientCore::Save(StreamEntry::Locked& state, const StreamFacts& facts) const {
  const absl::Status status = state.Save(facts);
  return status.ok() ? status : errors_.FromEngine(status, state.entry().name());
}

absl::Status ClientCore::Save(ChannelDirectory::Locked& channels) const {
  const absl::Status status = channels.Save();
  return status.ok() ? status : errors_.FromEngine(status, "");
}

void ClientCore::SetLimits(const Limits& limits, const LifecycleDelays& delays) {
  options_.limits = limits;
  options_.delays = delays;
  tokens_.Reset(limits);
  gates_.Reset(limits);
  for (const StreamPtr& stream : streams_.List()) {
    stream->calls().Reset(limits);
    stream->throttles().Retain({});
  }
}

}  // namespace kinesis::api::internal
