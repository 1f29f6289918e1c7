#include "kinesis_core/api/internal/consumer_entry.h"

namespace kinesis::api::internal {

void ForgetDeleted(ConsumerMap& consumers, int64_t now_ms) {
  std::erase_if(consumers,
                [now_ms](const auto& entry) { return entry.second.deleted_at_ms <= now_ms; });
}

ConsumerEntry* FindConsumer(ConsumerMap& consumers, std::string_view name, int64_t now_ms) {
  ForgetDeleted(consumers, now_ms);
  const auto found = consumers.find(std::string(name));
  return found == consumers.end() ? nullptr : &found->second;
}

}  // namespace kinesis::api::internal
