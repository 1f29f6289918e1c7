#include "kinesis_core/internal/engine_properties.h"

#include <cstdint>

#include "kinesis_core/engine.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/engine_core.h"
#include "kinesis_core/internal/stream_core.h"
#include "kinesis_core/stream.h"

namespace kinesis::internal {
namespace {

constexpr uint64_t kOfEngine = 0;  // in the place of a stream's id

}  // namespace

absl::StatusOr<std::unique_ptr<EngineProperties>> EngineProperties::Open(Engine& engine,
                                                                         std::string_view name) {
  EngineCore& core = *engine.core_;
  if (core.files() == nullptr) return nullptr;
  if (!core.files()->ClaimProperties(name)) {
    return Unavailable("what is kept as " + Quoted(name) +
                       " in the engine's directory is in use by another; use that one, or destroy "
                       "it first");
  }
  return std::unique_ptr<EngineProperties>(new EngineProperties(core, std::string(name)));
}

EngineProperties::~EngineProperties() { engine_.files()->GiveBackProperties(name_); }

absl::StatusOr<Stream> EngineProperties::CreateStream(std::string_view stream,
                                                      const StreamOptions& options,
                                                      std::string_view value) {
  auto core = engine_.CreateStream(stream, options, {{name_, std::string(value)}});
  if (!core.ok()) return core.status();
  return Stream(*std::move(core));
}

std::string EngineProperties::Get(const Stream& stream) const {
  return engine_.files()->GetProperty(stream.core_->uid(), name_);
}

absl::Status EngineProperties::Set(const Stream& stream, std::string_view value) {
  return engine_.files()->Change(Metadata::SetProperty(stream.core_->uid(), name_, value));
}

std::string EngineProperties::NameOf(std::string_view part) const {
  return std::string(name_).append("/").append(part);
}

std::string EngineProperties::GetPart(std::string_view part) const {
  return engine_.files()->GetProperty(kOfEngine, NameOf(part));
}

absl::Status EngineProperties::SetPart(std::string_view part, std::string_view value) {
  return engine_.files()->Change(Metadata::SetProperty(kOfEngine, NameOf(part), value));
}

}  // namespace kinesis::internal
