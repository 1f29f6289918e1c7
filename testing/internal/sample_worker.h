// SampleWorker: api::Worker as a consumer of the exerciser, with its leases in what the scenario
// keeps.
#ifndef KINESIS_CORE_TESTING_INTERNAL_SAMPLE_WORKER_H_
#define KINESIS_CORE_TESTING_INTERNAL_SAMPLE_WORKER_H_

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/lease_store.h"
#include "kinesis_core/api/worker.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/consumer_exerciser.h"

namespace kinesis::testing {

// A lease table over conditional writes of keys: a key for each row, and one that lists them. A row
// that was erased is an empty text.
class ContextLeaseStore final : public api::LeaseStore {
 public:
  explicit ContextLeaseStore(ConsumerContext& context) : context_(context) {}

  absl::StatusOr<std::vector<api::Lease>> List() override {
    std::vector<api::Lease> leases;
    std::istringstream rows(context_.Load(kRows).value_or(""));
    uint32_t index = 0;
    while (rows >> index) {
      const absl::StatusOr<api::Lease> lease = Load(ShardId(index));
      if (lease.ok()) leases.push_back(*lease);
    }
    return leases;
  }
  absl::StatusOr<api::Lease> Load(ShardId shard_id) override {
    const std::string text = context_.Load(KeyOf(shard_id)).value_or("");
    if (text.empty()) return absl::NotFoundError("no row");
    return api::Lease::Parse(text);
  }
  absl::Status Save(const api::Lease& lease) override {
    api::Lease next = lease;
    ++next.version;
    if (lease.version == 0) AddRow(lease.shard_id);
    return Replace(lease, next.ToString());
  }
  absl::Status Erase(const api::Lease& lease) override { return Replace(lease, ""); }

 private:
  static constexpr char kRows[] = "leases";
  static std::string KeyOf(ShardId shard_id) { return "lease " + shard_id.ToString(); }

  // Before the row itself: one that is listed and not there is passed over.
  void AddRow(ShardId shard_id) {
    const std::string name = std::to_string(shard_id.index()) + " ";
    for (;;) {
      const std::optional<std::string> rows = context_.Load(kRows);
      if ((" " + rows.value_or("")).find(" " + name) != std::string::npos) return;
      if (context_.SaveIf(kRows, rows, rows.value_or("") + name)) return;
    }
  }
  absl::Status Replace(const api::Lease& lease, const std::string& text) {
    const std::optional<std::string> stored = context_.Load(KeyOf(lease.shard_id));
    uint64_t version = 0;
    if (!stored.value_or("").empty()) version = api::Lease::Parse(*stored).value().version;
    if (version == lease.version && context_.SaveIf(KeyOf(lease.shard_id), stored, text)) {
      return absl::OkStatus();
    }
    return absl::AbortedError("the row has changed");
  }

  ConsumerContext& context_;
};

// One round a step. Its handler fails now and then, once with a part checkpointed.
class SampleWorker : public Consumer {
 public:
  SampleWorker(ConsumerContext& context, bool fan_out)
      : context_(context),
        worker_(api::Worker::Create(context.client(),
                                    {.stream_name = context.stream_name(),
                                     .worker_id = context.worker_id(),
                                     .lease_store = std::make_shared<ContextLeaseStore>(context),
                                     .fan_out_consumer = fan_out ? "reader" : "",
                                     .max_records = 3,
                                     .lease_time = absl::Seconds(20)})
                    .value()) {}

  void Step() override {
    worker_.Poll([this](api::ShardRecords& records) { return Handle(records); }).IgnoreError();
  }

 private:
  absl::Status Handle(api::ShardRecords& records) {
    ++calls_;
    if (calls_ % 7 == 0) return absl::UnavailableError("try again");
    for (const api::Record& record : records) {
      context_.Deliver(record);
      if (calls_ % 5 != 0) continue;
      records.Checkpoint(1).IgnoreError();
      return absl::UnavailableError("try the rest again");
    }
    return absl::OkStatus();
  }

  ConsumerContext& context_;
  api::Worker worker_;
  int calls_ = 0;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_SAMPLE_WORKER_H_
