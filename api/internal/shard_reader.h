// ShardReader: reads one shard for a worker, by GetRecords or by enhanced fan-out, and renews what
// it reads by: an iterator that has expired, a subscription that has ended.
#ifndef KINESIS_CORE_API_INTERNAL_SHARD_READER_H_
#define KINESIS_CORE_API_INTERNAL_SHARD_READER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/back_off.h"
#include "kinesis_core/api/lease_store.h"

namespace kinesis::api::internal {

// What a read gave. No records: there are none now.
struct ShardPage {
  RecordList records;
  absl::Duration behind_latest;
  // There is at once more to read, perhaps.
  bool has_more = false;
  // At the end of the shard: those that took over.
  std::optional<std::vector<ChildShard>> children;
};

// Thread-compatible.
class ShardReader {
 public:
  ShardReader() = default;
  ShardReader(const ShardReader&) = delete;
  ShardReader& operator=(const ShardReader&) = delete;
  virtual ~ShardReader() = default;

  // The records behind those of the call before. An error is the service's, and the next call goes
  // on behind what was returned last.
  virtual absl::StatusOr<ShardPage> Read() = 0;
};

// The consumer of enhanced fan-out that a worker reads as. Thread-compatible.
class FanOutConsumer {
 public:
  FanOutConsumer(Client& client, SteadyTime& time, std::string name, BackOff back_off,
                 Random& random)
      : client_(client),
        time_(time),
        name_(std::move(name)),
        back_off_(back_off),
        random_(random) {}

  void SetStream(const std::string& stream_arn) { stream_arn_ = stream_arn; }
  // Its ARN, when it is there and ACTIVE; registers it if it is not there. Asks no more often than
  // its back-off allows, and says in between what it was told last.
  absl::StatusOr<std::string> Arn();
  // It may be gone: looks again.
  void Forget() { arn_.clear(); }

 private:
  absl::StatusOr<std::string> Find();

  Client& client_;
  SteadyTime& time_;
  const std::string name_;
  BackOff back_off_;
  Random& random_;
  std::string stream_arn_;
  std::string arn_;
  absl::Status failure_;
  absl::Time not_before_ = absl::InfinitePast();
};

// Reads the shard of a lease, from its checkpoint on. The client and the consumer outlive it.
std::unique_ptr<ShardReader> MakePollingReader(Client& client, std::string stream_name,
                                               const Lease& lease, int32_t max_records);
std::unique_ptr<ShardReader> MakeFanOutReader(Client& client, FanOutConsumer& consumer,
                                              const Lease& lease);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_READER_H_
