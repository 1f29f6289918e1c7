#include "kinesis_core/api/client.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/engine.h"

namespace kinesis::api {
namespace {

absl::Status CheckOptions(const ClientOptions& options) {
  constexpr size_t kAccountDigits = 12;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string& account = options.account_id;
  if (account.size() != kAccountDigits || !std::all_of(account.begin(), account.end(), is_digit)) {
    return absl::InvalidArgumentError("account_id must be twelve digits");
  }
  if (!internal::IsRegion(options.region)) {
    return absl::InvalidArgumentError("region must be lower-case letters, digits and dashes");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options,
                                                       const EngineOptions& engine_options) {
  KC_RETURN_IF_ERROR(CheckOptions(options));
  EngineOptions with_partitioner = engine_options;
  // Streams in the directory that an earlier client has made were made with it.
  if (options.stream_options.partitioner != nullptr) {
    with_partitioner.partitioners.push_back(options.stream_options.partitioner);
  }
  KC_ASSIGN_OR_RETURN(auto engine, Engine::Create(with_partitioner));
  Engine& made = *engine;
  KC_ASSIGN_OR_RETURN(auto core, internal::ClientCore::Create(std::move(engine), made, options));
  return std::make_unique<internal::EngineClient>(std::move(core));
}

absl::StatusOr<std::unique_ptr<Client>> Client::Create(Engine& engine,
                                                       const ClientOptions& options) {
  KC_RETURN_IF_ERROR(CheckOptions(options));
  KC_ASSIGN_OR_RETURN(auto core, internal::ClientCore::Create(nullptr, engine, options));
  return std::make_unique<internal::EngineClient>(std::move(core));
}

Client::~Client() = default;

absl::Status internal::EngineClient::SetLimits(const Limits& limits,
                                               const LifecycleDelays& delays) {
  core_->SetLimits(limits, delays);
  return absl::OkStatus();
}

}  // namespace kinesis::api
