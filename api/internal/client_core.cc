#include "kinesis_core/api/internal/client_core.h"

#include <utility>

namespace kinesis::api::internal {

ClientCore::ClientCore(std::unique_ptr<Engine> owned, Engine& engine, const ClientOptions& options)
    : owned_(std::move(owned)),
      engine_(engine),
      clock_(engine.clock()),
      options_(options),
      errors_(options_),
      tokens_(options_, errors_),
      lifecycle_(engine_, options_, streams_),
      gates_(options_, errors_, streams_, lifecycle_),
      account_(options_, streams_, lifecycle_) {}

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
