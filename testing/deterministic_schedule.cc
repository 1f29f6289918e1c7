#include "kinesis_core/testing/deterministic_schedule.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <unordered_set>
#include <vector>

#include "kinesis_core/testing/internal/sanitizers.h"

// AddressSanitizer has to be told when a thread changes its stack. ThreadSanitizer is not
// supported: there is one thread, so it would have nothing to see.
#if defined(KC_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace kinesis::testing {
namespace {

constexpr int kThreadsMax = Schedule::kFibersMax + 1;
constexpr int kMain = 0;  // the caller of Explore, which sets up and checks
constexpr uint32_t kNever = ~uint32_t{0};
constexpr size_t kStackBytes = size_t{256} << 10;
constexpr size_t kGuardBytes = 4096;

// A vector clock: how much of each fiber's past happened before. Indexed by fiber.
using Clock = std::array<uint32_t, kThreadsMax>;

void Join(Clock* clock, const Clock& other) {
  for (int i = 0; i < kThreadsMax; ++i) (*clock)[i] = std::max((*clock)[i], other[i]);
}

bool IsAcquire(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
bool IsRelease(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}
const char* NameOf(std::memory_order order) {
  if (order == std::memory_order_relaxed) return "relaxed";
  if (order == std::memory_order_acquire) return "acquire";
  if (order == std::memory_order_release) return "release";
  if (order == std::memory_order_acq_rel) return "acq_rel";
  return order == std::memory_order_seq_cst ? "seq_cst" : "consume";
}

uint64_t Mix(uint64_t x) {  // the finalizer of splitmix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class Random {
 public:
  explicit Random(uint64_t seed) : state_(Mix(seed + 0x9e3779b97f4a7c15) | 1) {}
  uint64_t Below(uint64_t end) { return (Next() >> 32) * end >> 32; }
  // True with probability `of_256` / 256.
  bool Chance(uint32_t of_256) { return of_256 != 0 && (Next() >> 56) < of_256; }

 private:
  uint64_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ * 0x2545f4914f6cdd1d;
  }
  uint64_t state_;
};

// One store in the modification order of a location.
struct StoreEvent {
  uint64_t bits;
  Clock released;  // what happens before an acquiring load that returns it
  Clock seen;      // when each fiber first stored or loaded it (its own clock then), or kNever
};

struct Location {
  int number = 0;  // counted from 0, the same in every run of a seed: names it in a trace
  bool constructed = false;
  int creator = kMain;
  uint32_t created_at = 0;
  size_t seq_cst_floor = 0;  // the newest store that a sequentially consistent operation saw
  std::vector<StoreEvent> stores;
};

// Who touched one word of plain memory last.
struct PlainWord {
  int writer = kMain;
  uint32_t written_at = 0;
  Clock read_at{};
};

// Memory from the system: atomics in front, as far as any have been made, and plain bytes behind.
struct Block {
  uintptr_t end = 0;
  uintptr_t atomics_end = 0;
};

// A map from addresses that is emptied in O(1).
template <class Value>
class AddressMap {
 public:
  AddressMap() : slots_(1024) {}

  void Clear() {
    ++stamp_;
    size_ = 0;
  }

  // The entry of `key`; *fresh says whether it was made, in which case it holds an old Value.
  Value& At(uintptr_t key, bool* fresh) {
    if (2 * (size_ + 1) > slots_.size()) Grow();
    Slot& slot = Find(slots_, key);
    *fresh = slot.stamp != stamp_;
    if (*fresh) {
      slot.stamp = stamp_;
      slot.key = key;
      ++size_;
    }
    return slot.value;
  }

 private:
  struct Slot {
    uint64_t stamp = 0;
    uintptr_t key = 0;
    Value value{};
  };

  Slot& Find(std::vector<Slot>& slots, uintptr_t key) {
    const size_t mask = slots.size() - 1;
    size_t at = Mix(key) & mask;
    while (slots[at].stamp == stamp_ && slots[at].key != key) at = (at + 1) & mask;
    return slots[at];
  }

  void Grow() {
    std::vector<Slot> larger(2 * slots_.size());
    for (Slot& slot : slots_) {
      if (slot.stamp == stamp_) Find(larger, slot.key) = std::move(slot);
    }
    slots_.swap(larger);
  }

  std::vector<Slot> slots_;
  uint64_t stamp_ = 1;
  size_t size_ = 0;
};

struct Fiber {
  enum class State { kReady, kAsleep, kDone };

  State state = State::kDone;
  std::function<void()> body;
  Clock clock{};
  int64_t priority = 0;
  const void* asleep_at = nullptr;  // kAsleep: until this location's newest value ...
  bool until_nonzero = false;       // ... is or is not zero
  ucontext_t context{};
  const void* stack = nullptr;  // lowest address
  size_t stack_bytes = 0;
  void* fake_stack = nullptr;  // AddressSanitizer's
};

class Machine final : public Schedule {
 public:
  Machine() {
    for (int i = 1; i < kThreadsMax; ++i) {
      void* const memory = mmap(nullptr, kStackBytes + kGuardBytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory == MAP_FAILED) std::abort();
      mprotect(memory, kGuardBytes, PROT_NONE);
      fibers_[i].stack = static_cast<char*>(memory) + kGuardBytes;
      fibers_[i].stack_bytes = kStackBytes;
    }
  }
  ~Machine() override {
    for (int i = 1; i < kThreadsMax; ++i) {
      munmap(static_cast<char*>(const_cast<void*>(fibers_[i].stack)) - kGuardBytes,
             kStackBytes + kGuardBytes);
    }
  }

  void Begin(uint64_t seed, const ExploreOptions& options, bool trace);
  void End();

  uint64_t decisions() const { return decisions_; }
  const std::string& failure() const { return failure_; }

  // --- Schedule
  void Spawn(std::function<void()> body) override;
  void Run() override;
  void Fail(std::string_view what) override {
    if (failure_.empty()) failure_ = what.empty() ? "failed" : what;
  }
  bool failed() const override { return !failure_.empty(); }
  void Yield() override;
  uint64_t step() const override { return steps_; }
  void ReadBytes(const void* from, size_t bytes) override {
    CheckBounds("reads", from, bytes);
    PlainRead(from, bytes);
  }
  uint64_t Draw(uint64_t end) override { return Decide(random_.Below(end)); }

  // --- Operations
  void Construct(const void* at, uint64_t bits);
  uint64_t Load(const void* at, uint64_t present, std::memory_order order);
  void Store(const void* at, uint64_t present, uint64_t bits, std::memory_order order);
  uint64_t BeginUpdate(const void* at, uint64_t present, std::memory_order order);
  void EndUpdate(const void* at, uint64_t bits, std::memory_order order);
  bool BeginExchange(const void* at, uint64_t present, uint64_t* expected, bool weak,
                     std::memory_order success, std::memory_order failure);
  void PlainRead(const void* at, size_t bytes);
  void PlainWrite(const void* at, size_t bytes);
  void CheckBounds(const char* what, const void* at, size_t bytes);
  void AddBlock(const void* at, size_t bytes);
  void RemoveBlock(const void* at);
  // Puts the fiber to sleep until the newest value at `at` is not zero, or is zero.
  void Sleep(const void* at, bool until_nonzero);

 private:
  bool in_fiber() const { return current_ != kMain; }
  Fiber& self() { return fibers_[current_]; }
  uint64_t Decide(uint64_t decision) {
    decisions_ = Mix(decisions_ ^ decision) + 1;
    return decision;
  }

  // Picks who goes on, and lets it. Returns when this fiber is picked again.
  void SchedulingPoint();
  bool CanRun(const Fiber& fiber);
  int Pick(bool stay);
  int PickByPriority(const int* ready, int count);
  void SwitchTo(int next);
  void Abandon() { SwitchTo(kMain); }
  // For what cannot be left behind.
  [[noreturn]] void Abort(const char* what) {
    std::fprintf(stderr, "%s (replay with KINESIS_SCHEDULE_SEED=%llu)\n", what,
                 static_cast<unsigned long long>(seed_));
    std::abort();
  }
  static void Entry();
  void Arrived();

  Location& Find(const void* at, uint64_t present);
  void CheckConstructed(const void* at, const Location& location);
  // The block that holds this address; null if none does.
  Block* FindBlock(uintptr_t at);
  bool OrderedAfter(const StoreEvent& store);
  // The oldest store that the fiber may load.
  size_t Floor(const Location& location, std::memory_order order);
  uint64_t LoadAt(Location& location, size_t place, std::memory_order order);
  void Append(Location& location, uint64_t bits, const Clock& released, std::memory_order order);
  // Starts an operation: gives others their turn, then makes the fiber's clock its own.
  void Tick() {
    SchedulingPoint();
    ++self().clock[current_];
  }
  void Race(const char* what, const void* at, int other);
  void Trace(const char* what, const Location& location, uint64_t bits, std::memory_order order);

  std::array<Fiber, kThreadsMax> fibers_;
  int spawned_ = 0;
  int current_ = kMain;
  bool trace_ = false;

  std::deque<Location> locations_;
  size_t location_count_ = 0;
  AddressMap<Location*> by_address_;
  AddressMap<PlainWord> plain_;
  std::map<uintptr_t, Block> blocks_;  // by address
  bool has_blocks_ = false;            // or had some

  // --- Decisions
  Random random_{0};
  bool by_priority_ = false;
  uint32_t switch_of_256_ = 0;
  uint32_t stale_of_256_ = 0;
  uint32_t spurious_of_256_ = 0;
  std::array<uint64_t, 4> change_points_{};
  int64_t lowest_priority_ = 0;
  int stalled_fiber_ = kMain;  // stalls at its own step `stall_at_`; kMain: none does
  uint64_t stall_at_ = 0;
  uint64_t stall_steps_ = 0;
  uint64_t stall_until_ = 0;

  uint64_t seed_ = 0;
  uint64_t steps_ = 0;
  uint64_t steps_outside_ = 0;
  uint64_t steps_max_ = 0;
  uint64_t decisions_ = 0;
  std::string failure_;
};

thread_local Machine* machine = nullptr;

// ------------------------------------------------------------------------------------ Life

// Each seed draws its own manner. A third walk at random with some rate of preemption. A third run
// the highest of random priorities, which drops at a few random steps (Burckhardt et al., "A
// randomized scheduler with probabilistic guarantees of finding bugs", 2010). A third walk at
// random but for one fiber, which stalls at one of its steps while the others go far: the classic
// way to break lock-free code, and rare in a plain walk.
void Machine::Begin(uint64_t seed, const ExploreOptions& options, bool trace) {
  machine = this;
  seed_ = seed;
  random_ = Random(seed);
  trace_ = trace;
  spawned_ = 0;
  current_ = kMain;
  location_count_ = 0;
  by_address_.Clear();
  plain_.Clear();
  blocks_.clear();
  has_blocks_ = false;
  fibers_[kMain].clock.fill(0);
  steps_ = 0;
  steps_outside_ = 0;
  steps_max_ = options.steps_max;
  decisions_ = 0;
  failure_.clear();

  constexpr uint32_t kStale[] = {0, 32, 128};
  constexpr uint32_t kSpurious[] = {0, 16, 64};
  const uint64_t manner = random_.Below(3);
  by_priority_ = manner == 0;
  switch_of_256_ = 128U >> random_.Below(5);
  stale_of_256_ = options.stale_reads ? kStale[random_.Below(3)] : 0;
  spurious_of_256_ = kSpurious[random_.Below(3)];
  lowest_priority_ = 0;
  // Points may lie behind the end. The scale is drawn first, so that short runs have their share.
  change_points_.fill(0);
  const uint64_t scale = uint64_t{16} << random_.Below(7);
  const uint64_t points = 1 + random_.Below(change_points_.size());
  for (uint64_t i = 0; i < points; ++i) change_points_[i] = random_.Below(scale);
  stalled_fiber_ = manner == 1 ? 1 + static_cast<int>(random_.Below(kFibersMax)) : kMain;
  stall_at_ = random_.Below(uint64_t{8} << random_.Below(6));
  stall_steps_ = std::min(random_.Below(uint64_t{16} << random_.Below(9)), steps_max_ / 8);
  stall_until_ = 0;
}

void Machine::End() {
  for (int i = 1; i <= spawned_; ++i) fibers_[i].body = nullptr;
  machine = nullptr;
}

void Machine::Spawn(std::function<void()> body) {
  if (in_fiber()) Abort("a fiber spawns a fiber");
  if (spawned_ == kFibersMax) Abort("too many fibers");
  ++fibers_[kMain].clock[kMain];
  Fiber& fiber = fibers_[++spawned_];
  fiber.state = Fiber::State::kReady;
  fiber.body = std::move(body);
  fiber.clock = fibers_[kMain].clock;
  fiber.priority = static_cast<int64_t>(random_.Below(uint64_t{1} << 30)) + 1;
  fiber.fake_stack = nullptr;
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = const_cast<void*>(fiber.stack);
  fiber.context.uc_stack.ss_size = fiber.stack_bytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, &Machine::Entry, 0);
#if defined(KC_ADDRESS_SANITIZER)
  // An abandoned fiber leaves its frames' red zones behind.
  __asan_unpoison_memory_region(fiber.stack, fiber.stack_bytes);
#endif
}

void Machine::Run() {
  if (stalled_fiber_ != kMain) stalled_fiber_ = 1 + stalled_fiber_ % std::max(spawned_, 1);
  ++fibers_[kMain].clock[kMain];
  const int first = Pick(false);
  if (first != kMain) SwitchTo(first);
  for (int i = 1; i <= spawned_; ++i) Join(&fibers_[kMain].clock, fibers_[i].clock);
  ++fibers_[kMain].clock[kMain];
}

void Machine::Entry() {
  machine->Arrived();
  machine->self().body();
  machine->self().state = Fiber::State::kDone;
  machine->SwitchTo(machine->Pick(false));
}

void Machine::SwitchTo(int next) {
  Fiber& from = self();
  Fiber& to = fibers_[next];
  current_ = next;
#if defined(KC_ADDRESS_SANITIZER)
  const bool gone = from.state == Fiber::State::kDone && &from != &fibers_[kMain];
  __sanitizer_start_switch_fiber(gone ? nullptr : &from.fake_stack, to.stack, to.stack_bytes);
#endif
  swapcontext(&from.context, &to.context);
  Arrived();
}

// The first thing on a stack that was switched to.
void Machine::Arrived() {
#if defined(KC_ADDRESS_SANITIZER)
  const void* left = nullptr;
  size_t left_bytes = 0;
  __sanitizer_finish_switch_fiber(self().fake_stack, &left, &left_bytes);
  // The caller's stack is known once it has been left: the first switch of all is away from it.
  if (fibers_[kMain].stack == nullptr) {
    fibers_[kMain].stack = left;
    fibers_[kMain].stack_bytes = left_bytes;
  }
#endif
}

// ------------------------------------------------------------------------------------ Scheduling

void Machine::SchedulingPoint() {
  if (!in_fiber()) {
    if (++steps_outside_ > 100 * steps_max_) Abort("no progress outside of the fibers");
    return;
  }
  if (++steps_ > steps_max_) Fail("no progress within the step limit");
  if (failed()) Abandon();
  if (current_ == stalled_fiber_ && stall_at_-- == 0) stall_until_ = steps_ + stall_steps_;
  const int next = Pick(true);
  Decide(static_cast<uint64_t>(next));
  if (next != current_) SwitchTo(next);
}

bool Machine::CanRun(const Fiber& fiber) {
  if (fiber.state != Fiber::State::kAsleep) return fiber.state == Fiber::State::kReady;
  const std::vector<StoreEvent>& stores = Find(fiber.asleep_at, 0).stores;
  return (stores.back().bits != 0) == fiber.until_nonzero;
}

// The next fiber to run; kMain if all are done. With `stay` the present one may go on.
int Machine::Pick(bool stay) {
  int ready[kFibersMax];
  int count = 0;
  int asleep = 0;
  for (int i = 1; i <= spawned_; ++i) {
    if (CanRun(fibers_[i])) {
      ready[count++] = i;
    } else if (fibers_[i].state == Fiber::State::kAsleep) {
      ++asleep;
    }
  }
  if (count == 0) {
    if (asleep > 0) Fail("every fiber that is left sleeps: a lost wake-up, or a deadlock");
    return kMain;
  }
  if (steps_ < stall_until_ && count > 1) {
    count = static_cast<int>(std::remove(ready, ready + count, stalled_fiber_) - ready);
    stay = stay && current_ != stalled_fiber_;
  }
  if (by_priority_) return PickByPriority(ready, count);
  if (stay && !random_.Chance(switch_of_256_)) return current_;
  return ready[random_.Below(static_cast<uint64_t>(count))];
}

int Machine::PickByPriority(const int* ready, int count) {
  for (const uint64_t point : change_points_) {
    if (point == steps_ && in_fiber()) self().priority = --lowest_priority_;
  }
  return *std::max_element(ready, ready + count, [this](int a, int b) {
    return fibers_[a].priority < fibers_[b].priority;
  });
}

void Machine::Yield() {
  if (!in_fiber()) return;
  if (++steps_ > steps_max_) Fail("no progress within the step limit");
  if (failed()) Abandon();
  self().priority = --lowest_priority_;
  const int next = Pick(false);
  Decide(static_cast<uint64_t>(next));
  if (next != current_) SwitchTo(next);
}

void Machine::Sleep(const void* at, bool until_nonzero) {
  if (!in_fiber()) Abort("sleeping outside of the fibers");
  Fiber& fiber = self();
  fiber.asleep_at = at;
  fiber.until_nonzero = until_nonzero;
  fiber.state = Fiber::State::kAsleep;
  const int next = Pick(false);
  Decide(static_cast<uint64_t>(next));
  if (next != current_) SwitchTo(next);
  fiber.state = Fiber::State::kReady;
}

// ------------------------------------------------------------------------------------ Memory

Location& Machine::Find(const void* at, uint64_t present) {
  bool fresh = false;
  Location*& location = by_address_.At(reinterpret_cast<uintptr_t>(at), &fresh);
  if (!fresh) return *location;
  if (location_count_ == locations_.size()) locations_.emplace_back();
  location = &locations_[location_count_];
  location->number = static_cast<int>(location_count_++);
  location->constructed = false;
  location->seq_cst_floor = 0;
  location->stores.clear();
  // Memory that was there before: everybody sees it.
  location->stores.push_back({present, Clock{}, Clock{}});
  return *location;
}

void Machine::Construct(const void* at, uint64_t bits) {
  Location& location = Find(at, bits);
  ++self().clock[current_];
  location.constructed = true;
  location.creator = current_;
  location.created_at = self().clock[current_];
  location.seq_cst_floor = 0;
  location.stores.clear();
  location.stores.push_back({bits, Clock{}, Clock{}});
  const auto address = reinterpret_cast<uintptr_t>(at);
  Block* const block = FindBlock(address);
  if (block != nullptr) {
    block->atomics_end = std::max(block->atomics_end, address + sizeof(uint64_t));
  }
}

void Machine::CheckConstructed(const void* at, const Location& location) {
  if (!location.constructed && FindBlock(reinterpret_cast<uintptr_t>(at)) != nullptr) {
    Fail("fiber " + std::to_string(current_) + " uses a word of a block as an atomic (x" +
         std::to_string(location.number) + ") that was not made there");
  }
  if (!location.constructed || location.created_at <= self().clock[location.creator]) return;
  Fail("fiber " + std::to_string(current_) + " uses an atomic (x" +
       std::to_string(location.number) + ") before its construction happens before");
}

bool Machine::OrderedAfter(const StoreEvent& store) {
  const Clock& clock = self().clock;
  bool ordered = false;
  for (int i = 0; i < kThreadsMax; ++i) ordered |= store.seen[i] <= clock[i];
  return ordered;
}

size_t Machine::Floor(const Location& location, std::memory_order order) {
  size_t floor = location.stores.size() - 1;
  while (floor > 0 && !OrderedAfter(location.stores[floor])) --floor;
  // One order of all sequentially consistent operations: none goes back behind an earlier one.
  if (order == std::memory_order_seq_cst) floor = std::max(floor, location.seq_cst_floor);
  return floor;
}

uint64_t Machine::LoadAt(Location& location, size_t place, std::memory_order order) {
  StoreEvent& store = location.stores[place];
  Clock& clock = self().clock;
  store.seen[current_] = std::min(store.seen[current_], clock[current_]);
  if (IsAcquire(order)) Join(&clock, store.released);
  if (order == std::memory_order_seq_cst) {  // see Floor
    location.seq_cst_floor = std::max(location.seq_cst_floor, place);
  }
  return store.bits;
}

void Machine::Append(Location& location, uint64_t bits, const Clock& released,
                     std::memory_order order) {
  Clock seen;
  seen.fill(kNever);
  seen[current_] = self().clock[current_];
  location.stores.push_back({bits, released, seen});
  if (order == std::memory_order_seq_cst) location.seq_cst_floor = location.stores.size() - 1;
}

uint64_t Machine::Load(const void* at, uint64_t present, std::memory_order order) {
  Tick();
  Location& location = Find(at, present);
  CheckConstructed(at, location);
  const size_t newest = location.stores.size() - 1;
  size_t place = newest;
  if (in_fiber() && random_.Chance(stale_of_256_)) {
    const size_t floor = Floor(location, order);
    place = floor + Decide(random_.Below(newest - floor + 1));
  }
  const uint64_t bits = LoadAt(location, place, order);
  Trace(place == newest ? "loads" : "loads the old value", location, bits, order);
  return bits;
}

void Machine::Store(const void* at, uint64_t present, uint64_t bits, std::memory_order order) {
  Tick();
  Location& location = Find(at, present);
  CheckConstructed(at, location);
  Append(location, bits, IsRelease(order) ? self().clock : Clock{}, order);
  Trace("stores", location, bits, order);
}

uint64_t Machine::BeginUpdate(const void* at, uint64_t present, std::memory_order order) {
  Tick();
  Location& location = Find(at, present);
  CheckConstructed(at, location);
  return LoadAt(location, location.stores.size() - 1, order);
}

void Machine::EndUpdate(const void* at, uint64_t bits, std::memory_order order) {
  Location& location = Find(at, bits);
  // A read-modify-write continues the release sequence that it read from, whatever its own order.
  Clock released = location.stores.back().released;
  if (IsRelease(order)) Join(&released, self().clock);
  Append(location, bits, released, order);
  Trace("updates to", location, bits, order);
}

bool Machine::BeginExchange(const void* at, uint64_t present, uint64_t* expected, bool weak,
                            std::memory_order success, std::memory_order failure) {
  Tick();
  Location& location = Find(at, present);
  CheckConstructed(at, location);
  const size_t newest = location.stores.size() - 1;
  const bool spurious = weak && in_fiber() && random_.Chance(spurious_of_256_);
  Decide(spurious ? 1 : 0);
  if (location.stores[newest].bits == *expected && !spurious) {
    LoadAt(location, newest, success);
    return true;
  }
  size_t place = newest;
  if (in_fiber() && random_.Chance(stale_of_256_)) {
    const size_t floor = Floor(location, failure);
    place = floor + Decide(random_.Below(newest - floor + 1));
    // A strong exchange fails only for another value.
    if (!weak && location.stores[place].bits == *expected) place = newest;
  }
  *expected = LoadAt(location, place, failure);
  Trace(spurious ? "fails for no reason to exchange" : "fails to exchange", location, *expected,
        failure);
  return false;
}

void Machine::PlainRead(const void* at, size_t bytes) {
  Clock& clock = self().clock;
  ++clock[current_];
  const auto begin = reinterpret_cast<uintptr_t>(at) / 8;
  const auto end = (reinterpret_cast<uintptr_t>(at) + bytes + 7) / 8;
  for (uintptr_t word = begin; word < end; ++word) {
    bool fresh = false;
    PlainWord& last = plain_.At(word, &fresh);
    if (fresh) last = PlainWord{};
    if (last.written_at > clock[last.writer]) Race("reads", at, last.writer);
    last.read_at[current_] = clock[current_];
  }
}

void Machine::PlainWrite(const void* at, size_t bytes) {
  Clock& clock = self().clock;
  ++clock[current_];
  const auto begin = reinterpret_cast<uintptr_t>(at) / 8;
  const auto end = (reinterpret_cast<uintptr_t>(at) + bytes + 7) / 8;
  for (uintptr_t word = begin; word < end; ++word) {
    bool fresh = false;
    PlainWord& last = plain_.At(word, &fresh);
    if (fresh) last = PlainWord{};
    if (last.written_at > clock[last.writer]) Race("writes", at, last.writer);
    for (int i = 0; i < kThreadsMax; ++i) {
      if (last.read_at[i] > clock[i]) Race("writes", at, i);
    }
    last.writer = current_;
    last.written_at = clock[current_];
  }
}

Block* Machine::FindBlock(uintptr_t at) {
  const auto behind = blocks_.upper_bound(at);
  if (behind == blocks_.begin()) return nullptr;
  Block& block = std::prev(behind)->second;
  return at < block.end ? &block : nullptr;
}

void Machine::CheckBounds(const char* what, const void* at, size_t bytes) {
  if (!has_blocks_ || failed()) return;
  const auto begin = reinterpret_cast<uintptr_t>(at);
  const Block* const block = FindBlock(begin);
  std::string where;
  if (block == nullptr) {
    where = "bytes that are in no block";
  } else if (begin + bytes > block->end) {
    where = "up to " + std::to_string(begin + bytes - block->end) + " bytes past a block";
  } else if (begin < block->atomics_end) {
    where = "bytes where atomics of a block are";
  } else {
    return;
  }
  Fail("fiber " + std::to_string(current_) + " " + what + " " + where);
}

void Machine::AddBlock(const void* at, size_t bytes) {
  const auto begin = reinterpret_cast<uintptr_t>(at);
  has_blocks_ = true;
  blocks_[begin] = {begin + bytes, begin};
  // Accesses by an earlier owner of this memory are no races with those of this one.
  bool fresh = false;
  for (uintptr_t word = begin / 8; word < (begin + bytes) / 8; ++word) {
    plain_.At(word, &fresh) = PlainWord{};
  }
}

void Machine::RemoveBlock(const void* at) { blocks_.erase(reinterpret_cast<uintptr_t>(at)); }

void Machine::Race(const char* what, const void* at, int other) {
  if (failed()) return;
  Fail("data race: fiber " + std::to_string(current_) + " " + what + " plain memory that fiber " +
       std::to_string(other) + " accessed, and neither happens before the other");
  if (trace_) std::fprintf(stderr, "  ^ data race at %p\n", at);
}

void Machine::Trace(const char* what, const Location& location, uint64_t bits,
                    std::memory_order order) {
  if (!trace_ || !in_fiber()) return;
  std::fprintf(stderr, "  %6llu fiber %d %s x%d: %#llx, %s\n",
               static_cast<unsigned long long>(steps_), current_, what, location.number,
               static_cast<unsigned long long>(bits), NameOf(order));
}

// ------------------------------------------------------------------------------------ Explore

// The seed to replay, if the environment names one.
bool ReplaySeed(uint64_t* seed) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets the environment.
  const char* const text = std::getenv("KINESIS_SCHEDULE_SEED");
  if (text == nullptr || *text == '\0') return false;
  *seed = std::strtoull(text, nullptr, 0);
  return true;
}

}  // namespace

Exploration Explore(const ExploreOptions& options, const std::function<void(Schedule&)>& body) {
  Exploration result;
  uint64_t seed = options.seed_base;
  uint64_t schedules = options.schedules;
  const bool replay = ReplaySeed(&seed);
  if (replay) schedules = 1;
  const auto state = std::make_unique<Machine>();
  std::unordered_set<uint64_t> distinct;
  for (uint64_t i = 0; i < schedules; ++i, ++seed) {
    state->Begin(seed, options, replay);
    body(*state);
    state->End();
    ++result.schedules;
    result.steps += state->step();
    distinct.insert(state->decisions());
    if (state->failed()) {
      result.failing_seed = seed;
      result.failure =
          state->failure() + " (replay with KINESIS_SCHEDULE_SEED=" + std::to_string(seed) + ")";
      break;
    }
  }
  result.distinct = distinct.size();
  return result;
}

namespace schedule_internal {

void Construct(const void* at, uint64_t bits) {
  if (machine != nullptr) machine->Construct(at, bits);
}
uint64_t Load(const void* at, uint64_t present, std::memory_order order) {
  return machine == nullptr ? present : machine->Load(at, present, order);
}
void Store(const void* at, uint64_t present, uint64_t bits, std::memory_order order) {
  if (machine != nullptr) machine->Store(at, present, bits, order);
}
uint64_t BeginUpdate(const void* at, uint64_t present, std::memory_order order) {
  return machine == nullptr ? present : machine->BeginUpdate(at, present, order);
}
void EndUpdate(const void* at, uint64_t bits, std::memory_order order) {
  if (machine != nullptr) machine->EndUpdate(at, bits, order);
}
bool BeginExchange(const void* at, uint64_t present, uint64_t* expected, bool weak,
                   std::memory_order success, std::memory_order failure) {
  if (machine != nullptr) {
    return machine->BeginExchange(at, present, expected, weak, success, failure);
  }
  if (*expected == present) return true;
  *expected = present;
  return false;
}
void PlainRead(const void* at, size_t bytes) {
  if (machine != nullptr) machine->PlainRead(at, bytes);
}
void PlainWrite(const void* at, size_t bytes) {
  if (machine != nullptr) machine->PlainWrite(at, bytes);
}
void CheckBounds(const char* what, const void* at, size_t bytes) {
  if (machine != nullptr) machine->CheckBounds(what, at, bytes);
}
void AddBlock(const void* at, size_t bytes) {
  if (machine != nullptr) machine->AddBlock(at, bytes);
}
void RemoveBlock(const void* at) {
  if (machine != nullptr) machine->RemoveBlock(at);
}
void Yield() {
  if (machine != nullptr) machine->Yield();
}

}  // namespace schedule_internal

// Acquire pairs with the release in Unlock.
void ScheduledMutex::Lock() {
  while (held_.exchange(1, std::memory_order_acquire) != 0) {
    if (machine != nullptr) machine->Sleep(&held_, false);
  }
}
void ScheduledMutex::Unlock() { held_.store(0, std::memory_order_release); }

// Release pairs with the acquire in Wait.
void ScheduledEvent::Set() { set_.store(1, std::memory_order_release); }
void ScheduledEvent::Wait() {
  while (set_.load(std::memory_order_acquire) == 0) {
    if (machine != nullptr) machine->Sleep(&set_, true);
  }
}
void ScheduledEvent::Clear() { set_.store(0, std::memory_order_relaxed); }

}  // namespace kinesis::testing
