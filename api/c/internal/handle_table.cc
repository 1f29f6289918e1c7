#include "kinesis_core/api/c/internal/handle_table.h"

#include <utility>

namespace kinesis::c {

HandleTable::~HandleTable() {
  // Relaxed: whoever destroys the table is alone with it.
  for (const std::atomic<Chunk*>& chunk : chunks_) delete chunk.load(std::memory_order_relaxed);
}

HandleTable::Slot* HandleTable::SlotOf(Handle handle) {
  const uint64_t index = IndexOf(handle);
  // Acquire: pairs with the release in Add, so that the chunk's slots are seen as constructed.
  Chunk* const chunk = chunks_[index / kChunkSlots].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &(*chunk)[index % kChunkSlots];
}

HandleTable::Handle HandleTable::Add(HandleKind kind, std::shared_ptr<void> object) {
  uint64_t index = 0;
  uint64_t generation = 1;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      index = IndexOf(free_.back());
      generation = GenerationOf(free_.back()) + 1;
      free_.pop_back();
    } else {
      if (next_index_ == kChunks * kChunkSlots) return 0;
      index = next_index_;
      std::atomic<Chunk*>& chunk = chunks_[index / kChunkSlots];
      if (index % kChunkSlots == 0) {
        // Every place of the chunk can be given back without an allocation.
        free_.reserve(index + kChunkSlots);
        // Release: pairs with the acquire in SlotOf.
        chunk.store(new Chunk, std::memory_order_release);
      }
      ++next_index_;
    }
  }
  const Handle handle =
      (generation << (kKindBits + kIndexBits)) | (index << kKindBits) | static_cast<uint64_t>(kind);
  Slot& slot = *SlotOf(handle);
  const std::lock_guard<std::mutex> lock(slot.mutex);
  slot.handle = handle;
  slot.object = std::move(object);
  return handle;
}

std::shared_ptr<void> HandleTable::Find(Handle handle, HandleKind kind) {
  Slot* const slot = SlotOf(handle);
  if (slot == nullptr || KindOf(handle) != kind) {
    return nullptr;
  }
  const std::lock_guard<std::mutex> lock(slot->mutex);
  return slot->handle == handle ? slot->object : nullptr;
}

std::shared_ptr<void> HandleTable::Remove(Handle handle, HandleKind kind) {
  Slot* const slot = SlotOf(handle);
  if (slot == nullptr || KindOf(handle) != kind) {
    return nullptr;
  }
  std::shared_ptr<void> object;
  {
    const std::lock_guard<std::mutex> lock(slot->mutex);
    if (slot->handle != handle) return nullptr;
    slot->handle = 0;
    object = std::move(slot->object);
  }
  if (GenerationOf(handle) < kGenerationMax) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(handle);
  }
  return object;
}

}  // namespace kinesis::c
