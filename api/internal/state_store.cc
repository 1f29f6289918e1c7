#include "kinesis_core/api/internal/state_store.h"

#include <algorithm>

#include "kinesis_core/api/internal/status_macros.h"

namespace kinesis::api::internal {
namespace {

// The parts that belong to no stream.
constexpr char kChannels[] = "channels";
constexpr char kAccount[] = "account";

}  // namespace

absl::StatusOr<std::unique_ptr<StateStore>> StateStore::Open(Engine& engine,
                                                             const ClientOptions& options) {
  KC_ASSIGN_OR_RETURN(auto properties,
                      kinesis::internal::EngineProperties::Open(
                          engine, "api/" + options.account_id + "/" + options.region));
  if (properties == nullptr && options.stream_options.durability != Durability::kMemory) {
    return absl::InvalidArgumentError(
        "stream_options.durability needs an engine with EngineOptions::directory, or is kMemory");
  }
  return std::unique_ptr<StateStore>(new StateStore(engine, std::move(properties)));
}

absl::StatusOr<kinesis::Stream> StateStore::CreateStream(const std::string& name,
                                                         StreamOptions options,
                                                         const StreamImage& image) {
  if (!is_durable()) return engine_.CreateStream(name, options);
  options.durability = std::max(options.durability, Durability::kProcess);
  return properties_->CreateStream(name, options, EncodeStream(image.facts, image.state));
}

absl::Status StateStore::SaveStream(const kinesis::Stream& stream, const StreamFacts& facts,
                                    const StreamState& state) {
  if (!is_durable()) return absl::OkStatus();
  return properties_->Set(stream, EncodeStream(facts, state));
}

absl::Status StateStore::SaveChannels(const ChannelMap& channels) {
  if (!is_durable()) return absl::OkStatus();
  return properties_->SetPart(kChannels, EncodeChannels(channels));
}

absl::Status StateStore::SaveAccount(const AccountImage& account) {
  if (!is_durable()) return absl::OkStatus();
  return properties_->SetPart(kAccount, EncodeAccount(account));
}

absl::StatusOr<StreamImage> StateStore::LoadStream(const kinesis::Stream& stream) const {
  const std::string bytes = properties_->Get(stream);
  if (bytes.empty()) return absl::NotFoundError("a stream of the engine alone");
  return DecodeStream(bytes, "stream " + stream.name());
}

absl::StatusOr<ChannelMap> StateStore::LoadChannels() const {
  const std::string bytes = properties_->GetPart(kChannels);
  if (bytes.empty()) return ChannelMap();
  return DecodeChannels(bytes, "the channels");
}

absl::StatusOr<AccountImage> StateStore::LoadAccount() const {
  const std::string bytes = properties_->GetPart(kAccount);
  if (bytes.empty()) return AccountImage();
  return DecodeAccount(bytes, "the account");
}

}  // namespace kinesis::api::internal
