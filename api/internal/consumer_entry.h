// ConsumerEntry: all that the API knows of one registered consumer.
//
// Life cycle, as of a stream: the entry says until when the consumer is CREATING or DELETING, and
// its status is computed from the time when somebody asks.
#ifndef KINESIS_CORE_API_INTERNAL_CONSUMER_ENTRY_H_
#define KINESIS_CORE_API_INTERNAL_CONSUMER_ENTRY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/consumer_shard.h"
#include "kinesis_core/api/shapes.h"

namespace kinesis::api::internal {

// Thread-compatible, under the lock of its stream's entry.
struct ConsumerEntry {
  std::string name;
  std::string arn;
  int64_t created_ms = 0;
  int64_t active_at_ms = 0;        // CREATING before
  int64_t deleted_at_ms = kNever;  // DELETING before, once it is set; gone from then on
  TagMap tags;
  std::optional<std::string> policy;
  ConsumerSubscriptions subscriptions;

  ConsumerStatus StatusAt(int64_t now_ms) const {
    if (deleted_at_ms != kNever) return ConsumerStatus::kDeleting;
    return now_ms < active_at_ms ? ConsumerStatus::kCreating : ConsumerStatus::kActive;
  }
};

using ConsumerMap = std::map<std::string, ConsumerEntry>;  // by name

// Removes those whose time in DELETING is over.
void ForgetDeleted(ConsumerMap& consumers, int64_t now_ms);

// The consumer of that name that has not gone, or null. Removes those that have.
ConsumerEntry* FindConsumer(ConsumerMap& consumers, std::string_view name, int64_t now_ms);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CONSUMER_ENTRY_H_
