// The objects behind the handles, and what every function of the C interface does around its work.
#ifndef KINESIS_CORE_API_C_INTERNAL_OBJECTS_H_
#define KINESIS_CORE_API_C_INTERNAL_OBJECTS_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/c/internal/handle_table.h"
#include "kinesis_core/api/c/kinesis.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/fault_plan.h"
#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"

namespace kinesis::c {

static_assert(sizeof(void*) == sizeof(uint64_t), "handles are numbers in pointers");

// --- Objects. Each keeps its engine alive, which is why an engine that is closed while a call is
// --- under way goes when that call ends.

struct EngineObject {
  static constexpr HandleKind kKind = HandleKind::kEngine;

  std::unique_ptr<SimulatedClock> simulated_clock;  // null: the system's
  std::unique_ptr<api::FaultPlan> faults;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<api::Client> client;

  Clock& clock() const { return engine->clock(); }

  // Handles of what was made with it, and who sleeps in it. Guarded by the mutex, all.
  std::mutex mutex;
  std::unordered_set<HandleTable::Handle> children;
  std::unordered_set<WaitEvent*> sleepers;
  bool is_closed = false;
};

// What is made with an engine.
struct Child {
  std::shared_ptr<EngineObject> engine;
  // For the kinds that one thread at a time uses: held by the call that does.
  std::mutex busy;
};

struct ClientObject : Child {
  static constexpr HandleKind kKind = HandleKind::kClient;
  explicit ClientObject(api::Client& client) : service(client) {}
  api::JsonService service;
  api::JsonAnswer answer;
};

struct EventsObject : Child {
  static constexpr HandleKind kKind = HandleKind::kEvents;
  explicit EventsObject(api::JsonEventStream events) : stream(std::move(events)) {}
  api::JsonEventStream stream;
  bool has_begun = false;
  api::JsonEvent event;
  std::string frames;
};

struct StreamObject : Child {
  static constexpr HandleKind kKind = HandleKind::kStream;
  explicit StreamObject(const Stream& its_stream) : stream(its_stream) {}
  Stream stream;
};

struct IteratorObject : Child {
  static constexpr HandleKind kKind = HandleKind::kIterator;
  explicit IteratorObject(const Iterator& its_iterator) : iterator(its_iterator) {}
  Iterator iterator;
  RecordBatch batch;
};

struct GroupObject : Child {
  static constexpr HandleKind kKind = HandleKind::kGroup;
  explicit GroupObject(const ConsumerGroup& its_group) : group(its_group) {}
  ConsumerGroup group;
};

struct MemberObject : Child {
  static constexpr HandleKind kKind = HandleKind::kMember;
  explicit MemberObject(GroupMember its_member) : member(std::move(its_member)) {}
  GroupMember member;
  std::stop_source stop;
};

struct DeliveryObject : Child {
  static constexpr HandleKind kKind = HandleKind::kDelivery;
  explicit DeliveryObject(Delivery its_delivery) : delivery(std::move(its_delivery)) {}
  Delivery delivery;
};

// --- Results

// Keeps the message for this thread and returns the code.
int Fail(int code, std::string message);
int Fail(const absl::Status& status);
// KINESIS_OK, or Fail.
inline int ToCode(const absl::Status& status) { return status.ok() ? KINESIS_OK : Fail(status); }
// "out is NULL".
int FailNull(const char* argument);

// Calls `work` and turns what it throws into a code: nothing passes through C.
template <class Work>
int Guarded(Work&& work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return KINESIS_RESOURCE_EXHAUSTED;
  } catch (const std::exception& failure) {
    return Fail(KINESIS_INTERNAL, failure.what());
  } catch (...) {
    return Fail(KINESIS_INTERNAL, "an exception of an unknown type");
  }
}

// --- Handles

HandleTable& Handles();
int FailBadHandle(HandleKind kind);
int FailBusy(HandleKind kind);

template <class Object, class Pointer>
std::shared_ptr<Object> Find(Pointer* handle) {
  return std::static_pointer_cast<Object>(
      Handles().Find(std::bit_cast<uint64_t>(handle), Object::kKind));
}

// Finds the object and calls `work` with it.
template <class Object, class Pointer, class Work>
int With(Pointer* handle, Work&& work) {
  return Guarded([&] {
    const std::shared_ptr<Object> object = Find<Object>(handle);
    return object == nullptr ? FailBadHandle(Object::kKind) : work(*object);
  });
}

// The same, for a kind that one thread at a time uses.
template <class Object, class Pointer, class Work>
int WithAlone(Pointer* handle, Work&& work) {
  return With<Object>(handle, [&](Object& object) {
    const std::unique_lock<std::mutex> lock(object.busy, std::try_to_lock);
    return lock.owns_lock() ? work(object) : FailBusy(Object::kKind);
  });
}

// Gives `object` a handle that goes with its engine.
template <class Object, class Pointer>
int AddChild(const std::shared_ptr<EngineObject>& engine, std::shared_ptr<Object> object,
             Pointer** out) {
  object->engine = engine;
  const std::lock_guard<std::mutex> lock(engine->mutex);
  if (engine->is_closed) return FailBadHandle(HandleKind::kEngine);
  const HandleTable::Handle handle = Handles().Add(Object::kKind, std::move(object));
  if (handle == 0) return Fail(KINESIS_RESOURCE_EXHAUSTED, "there are 2^20 handles already");
  engine->children.insert(handle);
  *out = std::bit_cast<Pointer*>(handle);
  return KINESIS_OK;
}

// Takes the handle away, and the object when no call uses it any more.
template <class Object, class Pointer>
int CloseChild(Pointer* handle) {
  return Guarded([&] {
    const HandleTable::Handle number = std::bit_cast<uint64_t>(handle);
    const auto object = std::static_pointer_cast<Object>(Handles().Remove(number, Object::kKind));
    if (object == nullptr) return FailBadHandle(Object::kKind);
    const std::lock_guard<std::mutex> lock(object->engine->mutex);
    object->engine->children.erase(number);
    return static_cast<int>(KINESIS_OK);
  });
}

// --- Arguments

// The instant at which a wait of so many milliseconds ends; less than 0: never.
absl::Time Deadline(const Clock& clock, int64_t wait_ms);

// A text that may be NULL if it is empty. Fails with the argument's name.
int ReadText(const char* argument, const void* text, size_t size, std::string_view* out);

// Structs that begin with their size have at least the size of the first version of the header.
int CheckSize(const char* name, const void* given, size_t first_size, size_t known_size);

// Reads options: what the caller does not know of is zero, and what it knows more, has to be.
template <class Options>
int ReadOptions(const char* name, const Options* given, size_t first_size, Options* out) {
  *out = Options{};
  if (given == nullptr) return KINESIS_OK;
  if (const int code = CheckSize(name, given, first_size, sizeof(Options)); code != 0) return code;
  std::memcpy(out, given, std::min(given->size, sizeof(Options)));
  return KINESIS_OK;
}

// Checks a struct that is to be written: CheckSize, without a look at what is longer.
int CheckResult(const char* name, const void* given, size_t first_size);

// Writes as much of `result` as the caller knows.
template <class Result>
void WriteResult(Result result, Result* out) {
  result.size = out->size;
  std::memcpy(out, &result, std::min(out->size, sizeof(Result)));
}

kinesis_sequence_number ToC(const SequenceNumber& number);
kinesis_view ToC(const RecordView& record);

}  // namespace kinesis::c

#endif  // KINESIS_CORE_API_C_INTERNAL_OBJECTS_H_
