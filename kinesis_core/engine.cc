#include "kinesis_core/engine.h"

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/engine_core.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis {
namespace {

constexpr uint64_t kMinBudgetBytes = uint64_t{64} << 10;
constexpr uint64_t kMaxBudgetBytes = uint64_t{1} << 40;

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(const EngineOptions& options) {
  if (options.memory_budget_bytes < kMinBudgetBytes ||
      options.memory_budget_bytes > kMaxBudgetBytes) {
    return internal::FieldRangeError("memory_budget_bytes", options.memory_budget_bytes,
                                     "[65536, 1099511627776]");
  }
  return std::unique_ptr<Engine>(new Engine(options));
}

Engine::Engine(const EngineOptions& options)
    : core_(std::make_shared<internal::EngineCore>(options)) {}

Engine::~Engine() { core_->DeleteAllStreams(); }

absl::StatusOr<Stream> Engine::CreateStream(std::string_view name, const StreamOptions& options) {
  auto core = core_->CreateStream(name, options);
  if (!core.ok()) return core.status();
  return Stream(*std::move(core));
}

absl::StatusOr<Stream> Engine::OpenStream(std::string_view name) const {
  auto core = core_->OpenStream(name);
  if (!core.ok()) return core.status();
  return Stream(*std::move(core));
}

std::vector<std::string> Engine::ListStreams() const { return core_->ListStreams(); }

absl::Status Engine::DeleteStream(std::string_view name) { return core_->DeleteStream(name); }

EngineMetrics Engine::Metrics() const { return core_->Metrics(); }

Clock& Engine::clock() const { return core_->clock(); }

}  // namespace kinesis
