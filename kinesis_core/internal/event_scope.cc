#include "kinesis_core/internal/event_scope.h"

#include <utility>
#include <vector>

namespace kinesis::internal {
namespace {

struct Told {
  ObserverPtr observer;
  Event event;
};

// Of this thread.
thread_local int depth = 0;
thread_local std::vector<Told> kept;

void Give(const Told& told) {
  try {
    told.event(*told.observer);
  } catch (...) {  // Observer says so
  }
}

}  // namespace

void EventScope::Tell(const ObserverPtr& observer, Event event) {
  Told told{observer, std::move(event)};
  if (depth > 0) {
    kept.push_back(std::move(told));
  } else {
    Give(told);
  }
}

void EventScope::Enter() { ++depth; }

void EventScope::Leave() {
  if (--depth > 0) return;
  // Events of the observer's own calls are given within those.
  const std::vector<Told> all = std::exchange(kept, {});
  for (const Told& told : all) Give(told);
}

}  // namespace kinesis::internal
