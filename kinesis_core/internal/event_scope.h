// How events come to the observer: on the thread that made them, when it holds no lock any more.
//
// A function that may make events under a lock has an EventScope above the lock's own scope. What is
// told within is kept with the thread, and given to the observer at the end of its outermost scope;
// what is told outside of any scope, at once. So there is no queue between threads, and no thread
// calls back for another one.
#ifndef KINESIS_CORE_INTERNAL_EVENT_SCOPE_H_
#define KINESIS_CORE_INTERNAL_EVENT_SCOPE_H_

#include <functional>
#include <memory>

#include "kinesis_core/observer.h"

namespace kinesis::internal {

using ObserverPtr = std::shared_ptr<Observer>;
using Event = std::function<void(Observer&)>;

class EventScope {
 public:
  // `observer` may be null: then nothing happens here.
  explicit EventScope(const ObserverPtr& observer) : is_active_(observer != nullptr) {
    if (is_active_) Enter();
  }
  ~EventScope() {
    if (is_active_) Leave();
  }
  EventScope(const EventScope&) = delete;
  EventScope& operator=(const EventScope&) = delete;

  // Requires: `observer` is not null.
  static void Tell(const ObserverPtr& observer, Event event);

 private:
  static void Enter();
  static void Leave();

  const bool is_active_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_EVENT_SCOPE_H_
