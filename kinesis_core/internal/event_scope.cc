#include "kinesis_core/internal/event_scope.h"

#include <utility>
#include <vector>

namespace kinesis::internal {
namespace {

using Calls = std::vector<std::function<void()>>;

// Of this thread. A pointer, so that a scope in which nothing is called costs no more than this.
thread_local int depth = 0;
thread_local Calls* kept = nullptr;

}  // namespace

EventScope::EventScope() { ++depth; }

EventScope::~EventScope() {
  if (--depth > 0 || kept == nullptr) return;
  // What these calls cause themselves is called within them.
  const std::unique_ptr<Calls> calls(std::exchange(kept, nullptr));
  for (const auto& call : *calls) call();
}

void EventScope::Call(std::function<void()> call) {
  if (depth == 0) {
    call();
    return;
  }
  if (kept == nullptr) kept = std::make_unique<Calls>().release();
  kept->push_back(std::move(call));
}

void EventScope::Tell(const ObserverPtr& observer, std::function<void(Observer&)> event) {
  Call([observer, event = std::move(event)] {
    try {
      event(*observer);
    } catch (...) {  // Observer says so
    }
  });
}

}  // namespace kinesis::internal
