// Who uses something at the moment: known in builds that check, so that "nobody uses it any more"
// and "one thread at a time" are checked where they are required. Nothing at all in other builds.
//
//     [[no_unique_address]] mutable DebugUse<struct Readers> readers_;
//     ...
//     const DebugMark reading(readers_);      // in each operation
//     KC_DCHECK_EQ(readers_.count(), 0);      // where none may be under way
//
// The tag tells apart those of one class: two members of one type cannot both take no room.
//
// The count orders nothing, so that it hides no race from ThreadSanitizer, and is no step of a
// schedule (testing/deterministic_schedule.h).
#ifndef KINESIS_CORE_INTERNAL_BASE_DEBUG_USE_H_
#define KINESIS_CORE_INTERNAL_BASE_DEBUG_USE_H_

#include <atomic>

namespace kinesis::internal {

// Thread-safe.
template <class Tag>
class DebugUse {
 public:
#ifdef NDEBUG
  int count() const { return 0; }
  void Begin() {}
  void End() {}
#else
  // Relaxed, all here: see above.
  int count() const { return count_.load(std::memory_order_relaxed); }
  void Begin() { count_.fetch_add(1, std::memory_order_relaxed); }  // as above
  void End() { count_.fetch_sub(1, std::memory_order_relaxed); }    // as above

 private:
  std::atomic<int> count_{0};
#endif
};

// A use from its making to its end.
template <class Tag>
class DebugMark {
 public:
  explicit DebugMark(DebugUse<Tag>& use) : use_(use) { use_.Begin(); }
  ~DebugMark() { use_.End(); }
  DebugMark(const DebugMark&) = delete;
  DebugMark& operator=(const DebugMark&) = delete;

 private:
  DebugUse<Tag>& use_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_DEBUG_USE_H_
