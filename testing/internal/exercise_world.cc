#include "kinesis_core/testing/internal/exercise_world.h"

#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/testing/internal/exercise_trace.h"

namespace kinesis::testing::internal {
namespace {

using api::Operation;

// Of the service's messages, so much stands in the trace.
constexpr size_t kMessageMax = 80;

bool Changes(Operation operation) {
  const std::string_view name = ToText(operation);
  return !name.starts_with("Get") && !name.starts_with("List") && !name.starts_with("Describe") &&
         operation != Operation::kSubscribeToShard;
}

// Returns whether the client reports how it answered a call of the operation.
bool IsAnswered(Operation operation) {
  return operation == Operation::kListShards || operation == Operation::kGetShardIterator ||
         operation == Operation::kGetRecords || operation == Operation::kSubscribeToShard;
}

std::string TextOf(const api::CallAnswer& answer, bool is_fault) {
  std::ostringstream out;
  if (answer.is_event) {
    out << "event of a subscription";
  } else {
    out << answer.operation;
  }
  if (answer.shard) out << " of " << *answer.shard;
  if (answer.start) out << " " << *answer.start;
  out << ": ";
  if (!answer.status.ok()) {
    const std::optional<api::Error> error = api::ErrorOf(answer.status);
    out << (error ? error->name : answer.status.ToString());
    // An injected one says nothing more; the service's own message says what was wrong.
    if (error && !is_fault) out << ", " << error->message.substr(0, kMessageMax);
  } else if (answer.operation == Operation::kListShards) {
    out << CountOf(answer.count, "shard") << (answer.has_next ? " and a NextToken" : "");
  } else if (answer.operation == Operation::kGetRecords || answer.is_event) {
    out << CountOf(answer.count, "record");
    if (!answer.has_next) {
      out << (answer.is_event ? ", the subscription is over" : ", the end of the shard");
    }
  } else {
    out << "done";
  }
  if (is_fault) out << " (a fault)";
  return out.str();
}

}  // namespace

std::optional<api::ErrorType> World::OnCall(Operation operation, std::string_view stream) {
  if (current_ == nullptr) return std::nullopt;  // the scenario's own
  is_counted_ = true;
  current_->Spend();
  if (Changes(operation) && !current_->BeginEffect()) return api::ErrorType::kInternalFailure;
  const std::optional<api::ErrorType> error = faults_.OnCall(operation, stream);
  is_fault_ = error.has_value();
  if (!IsAnswered(operation) && !current_->is_over()) {
    Tell(operation, error ? ": " : "", error ? api::ErrorName(*error) : "",
         error ? " (a fault)" : "");
  }
  return error;
}

void World::OnAnswer(const api::CallAnswer& answer) {
  const bool is_fault = std::exchange(is_fault_, false);
  if (current_ == nullptr) return;
  // Events, and calls that are refused before the client asks about them.
  if (!std::exchange(is_counted_, false) || answer.is_event) current_->Spend();
  if (!current_->is_over()) Tell(TextOf(answer, is_fault));
  if (answer.shard && answer.last_record && current_->ReadsOn(*answer.shard, *answer.last_record)) {
    ++reads_;
  }
}

}  // namespace kinesis::testing::internal
