// HandleTable: numbers that stand for objects, so that a stale or made-up one is noticed.
//
// A handle is a place in the table, how often that place was used before, and the kind of its
// object; it is below 2^53, so that a language whose numbers are doubles holds it exactly. A place
// is used again when its object is removed, under another number, and retired when its numbers are
// used up. So a handle that was removed is never found again.
//
// The table keeps shared ownership: an object that is removed while another thread uses it lives
// until that use ends.
#ifndef KINESIS_CORE_API_C_INTERNAL_HANDLE_TABLE_H_
#define KINESIS_CORE_API_C_INTERNAL_HANDLE_TABLE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace kinesis::c {

enum class HandleKind : uint8_t {
  kNone,
  kEngine,
  kClient,
  kEvents,
  kStream,
  kIterator,
  kGroup,
  kMember,
  kDelivery,
};

// Thread-safe: all operations may run concurrently. Finding locks the place alone.
class HandleTable {
 public:
  using Handle = uint64_t;

  HandleTable() = default;
  ~HandleTable();
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  // The kind of a handle that Add returned.
  static HandleKind KindOf(Handle handle) {
    return static_cast<HandleKind>(handle & ((1 << kKindBits) - 1));
  }

  // Returns a new handle of `object`, which is not null; 0 if 2^20 objects have one.
  Handle Add(HandleKind kind, std::shared_ptr<void> object);
  // Null: it is no handle of that kind, or no more.
  std::shared_ptr<void> Find(Handle handle, HandleKind kind);
  // The same, and from now on it is none. Of several that remove at once, one gets the object.
  std::shared_ptr<void> Remove(Handle handle, HandleKind kind);

 private:
  struct Slot {
    std::mutex mutex;
    Handle handle = 0;  // 0: unused
    std::shared_ptr<void> object;
  };

  static constexpr int kKindBits = 4;
  static constexpr int kIndexBits = 20;
  static constexpr uint64_t kGenerationMax = (uint64_t{1} << 28) - 1;
  static constexpr size_t kChunkSlots = 256;
  static constexpr size_t kChunks = (size_t{1} << kIndexBits) / kChunkSlots;
  using Chunk = std::array<Slot, kChunkSlots>;

  static uint64_t IndexOf(Handle handle) {
    return (handle >> kKindBits) & ((uint64_t{1} << kIndexBits) - 1);
  }
  static uint64_t GenerationOf(Handle handle) { return handle >> (kKindBits + kIndexBits); }

  Slot* SlotOf(Handle handle);

  // Made as they are needed, and never unmade.
  std::array<std::atomic<Chunk*>, kChunks> chunks_ = {};

  std::mutex mutex_;
  // Of places that were used before: the handle that they had last. Guarded by mutex_, both.
  std::vector<Handle> free_;
  uint64_t next_index_ = 0;
};

}  // namespace kinesis::c

#endif  // KINESIS_CORE_API_C_INTERNAL_HANDLE_TABLE_H_
