// Engine: start here. It owns named streams, the memory they share, and the clock they live by.
//
//   auto engine = kinesis::Engine::Create();
//   auto stream = (*engine)->CreateStream("events", {.shard_count = 4});
//
// An engine is self-contained: no global state, no threads of its own, nothing on disk unless it is
// given a directory. A test can create and destroy thousands. What time does to it (expiry,
// retention) happens when somebody looks.
//
// With a directory, streams of Durability::kProcess are there again when the next engine has it,
// also after kill -9, and those of kInterval and kGroup after a loss of power:
//
//   auto engine = kinesis::Engine::Create({.directory = "/var/lib/orders"});
//   auto stream = (*engine)->OpenStream("orders");
//   if (absl::IsNotFound(stream.status())) {
//     stream = (*engine)->CreateStream("orders", {.durability = kinesis::Durability::kProcess});
//   }
#ifndef KINESIS_CORE_ENGINE_H_
#define KINESIS_CORE_ENGINE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/metrics.h"
#include "kinesis_core/options.h"
#include "kinesis_core/recovery_report.h"
#include "kinesis_core/stream.h"

namespace kinesis {

class Clock;

namespace internal {
class EngineCore;
class EngineProperties;
}  // namespace internal

// Thread-safe: all operations may run concurrently.
class KINESIS_CORE_EXPORT Engine {
 public:
  // kOutOfRange: an option is, and the message names it.
  //
  // With a directory, brings back what is there, and tells of it in *report if that is given. Reads
  // eight bytes a record. kUnavailable: another engine has the directory. kDataLoss: its files
  // are not what an engine leaves. kResourceExhausted: the disk is full, or disk_budget_bytes is
  // less than what is there. kNotFound: a stream was made with a partitioner that is not given.
  // Another status is one of FileSystem. On an error nothing that the directory has is lost.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(const EngineOptions& options = {},
                                                        RecoveryReport* report = nullptr);

  // Deletes all streams, but for those in the directory, which stay there. Handles that are left
  // return kNotFound from then on; each RecordBatch that is left stays readable. The directory can
  // be given to another engine when the last of them is gone.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Makes a stream. `name` is 1 to 1,024 bytes, any. kAlreadyExists: the name is taken. kOutOfRange
  // or kInvalidArgument: an option is wrong, and the message names it. kResourceExhausted: no
  // memory.
  absl::StatusOr<Stream> CreateStream(std::string_view name, const StreamOptions& options = {});

  // kNotFound: there is no such stream.
  absl::StatusOr<Stream> OpenStream(std::string_view name) const;

  // In order of name.
  std::vector<std::string> ListStreams() const;

  // Deletes a stream with all its records; memory that batches pin is given back with them.
  // kNotFound: there is no such stream. Threads that sleep in Wait or Put wake and get kNotFound.
  absl::Status DeleteStream(std::string_view name);

  // O(shards), whatever they hold: a shard knows its sums up to its newest segment, whose records
  // (4,096 at most) are looked at. Those of older segments are only if a put was interrupted while
  // it copied its record there. For what is pinned, a word of each block is looked at, which is
  // usually 256 KiB of records. metric_export.h makes series of it, and Prometheus's text.
  EngineMetrics Metrics() const;

  // The clock that the engine lives by: that of its options, or SystemClock().
  Clock& clock() const;

 private:
  friend class internal::EngineProperties;

  explicit Engine(std::shared_ptr<internal::EngineCore> core);

  const std::shared_ptr<internal::EngineCore> core_;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_ENGINE_H_
