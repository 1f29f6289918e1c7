// How the engine calls back: on the thread that gave cause for it, when it holds no lock any more.
//
// A function that may have to call back while it holds a lock has an EventScope above the lock's
// own scope. What is to be called is kept with the thread, and called at the end of its outermost
// scope; outside of any scope, at once. So there is no queue between threads, and no thread calls
// back for another one. An event of the observer is such a call, and so is a coroutine whose
// executor resumes it within Executor::Post (async_wait.h).
#ifndef KINESIS_CORE_INTERNAL_EVENT_SCOPE_H_
#define KINESIS_CORE_INTERNAL_EVENT_SCOPE_H_

#include <functional>
#include <memory>

#include "kinesis_core/observer.h"

namespace kinesis::internal {

using ObserverPtr = std::shared_ptr<Observer>;

class EventScope {
 public:
  EventScope();
  ~EventScope();
  EventScope(const EventScope&) = delete;
  EventScope& operator=(const EventScope&) = delete;

  // Calls `call`, which does not throw, as said above.
  static void Call(std::function<void()> call);
  // Tells the observer, which is not null, of `event`.
  static void Tell(const ObserverPtr& observer, std::function<void(Observer&)> event);
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_EVENT_SCOPE_H_
