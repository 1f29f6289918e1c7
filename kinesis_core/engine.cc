#include "kinesis_core/engine.h"

#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/engine_core.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis {
namespace {

constexpr uint64_t kMinBudgetBytes = uint64_t{64} << 10;
constexpr uint64_t kMaxBudgetBytes = uint64_t{1} << 40;
constexpr absl::Duration kMinSyncInterval = absl::Milliseconds(1);
constexpr absl::Duration kMaxSyncInterval = absl::Hours(1);

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(const EngineOptions& options,
                                                       RecoveryReport* report) {
  if (options.memory_budget_bytes < kMinBudgetBytes ||
      options.memory_budget_bytes > kMaxBudgetBytes) {
    return internal::FieldRangeError("memory_budget_bytes", options.memory_budget_bytes,
                                     "[65536, 1099511627776]");
  }
  RecoveryReport unread;
  if (report == nullptr) report = &unread;
  *report = RecoveryReport();
  std::unique_ptr<internal::EngineFiles> files;
  if (!options.directory.empty()) {
    if (options.disk_budget_bytes < kMinBudgetBytes ||
        options.disk_budget_bytes > kMaxBudgetBytes) {
      return internal::FieldRangeError("disk_budget_bytes", options.disk_budget_bytes,
                                       "[65536, 1099511627776]");
    }
    if (options.sync_interval < kMinSyncInterval || options.sync_interval > kMaxSyncInterval) {
      return internal::FieldRangeError(
          "sync_interval", internal::FromAbsl(absl::FormatDuration(options.sync_interval)),
          "[1ms, 1h]");
    }
    if (absl::Trunc(options.sync_interval, absl::Milliseconds(1)) != options.sync_interval) {
      return internal::FieldError("sync_interval",
                                  internal::FromAbsl(absl::FormatDuration(options.sync_interval)),
                                  "be a whole number of milliseconds");
    }
    auto opened = internal::EngineFiles::Open(options, report);
    if (!opened.ok()) return opened.status();
    files = *std::move(opened);
  }
  // Ends the streams that it has also if they do not all come back.
  std::unique_ptr<Engine> engine(
      new Engine(std::make_shared<internal::EngineCore>(options, std::move(files))));
  if (!options.directory.empty()) {
    absl::Status status = engine->core_->Recover(options, report);
    if (!status.ok()) return status;
  }
  return engine;
}

Engine::Engine(std::shared_ptr<internal::EngineCore> core) : core_(std::move(core)) {}

Engine::~Engine() { core_->EndAllStreams(); }

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
