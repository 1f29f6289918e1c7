#include "kinesis_core/partitioner.h"

#include <cassert>
#include <cstddef>

#include "kinesis_core/internal/base/xxh3.h"
#include "kinesis_core/internal/md5/md5.h"
#include "kinesis_core/internal/md5/md5_batch.h"

namespace kinesis {
namespace {

class Md5 final : public Partitioner {
 public:
  HashKey Hash(std::string_view partition_key) const override {
    return internal::Md5(partition_key);
  }
  void HashBatch(std::span<const std::string_view> partition_keys,
                 std::span<HashKey> hash_keys) const override {
    internal::Md5Batch(partition_keys, hash_keys);
  }
  std::string_view name() const override { return "md5"; }
};

class Xxh3 final : public Partitioner {
 public:
  HashKey Hash(std::string_view partition_key) const override {
    const internal::Xxh3Halves hash = internal::Xxh3Of128Bits(partition_key);
    return HashKey::FromHalves(hash.high, hash.low);
  }
  void HashBatch(std::span<const std::string_view> partition_keys,
                 std::span<HashKey> hash_keys) const override {
    assert(hash_keys.size() == partition_keys.size());
    for (size_t i = 0; i < partition_keys.size(); ++i) hash_keys[i] = Hash(partition_keys[i]);
  }
  std::string_view name() const override { return "xxh3"; }
};

// A pointer to the process's one `T`. It is never destroyed, so that a stream which outlives the
// static objects of the program still has its partitioner; and the pointer owns nothing, so that
// copying it touches no reference count.
template <typename T>
std::shared_ptr<const Partitioner> Immortal() {
  static const T* const partitioner = new T;
  return std::shared_ptr<const Partitioner>(std::shared_ptr<void>(), partitioner);
}

}  // namespace

void Partitioner::HashBatch(std::span<const std::string_view> partition_keys,
                            std::span<HashKey> hash_keys) const {
  assert(hash_keys.size() == partition_keys.size());
  for (size_t i = 0; i < partition_keys.size(); ++i) hash_keys[i] = Hash(partition_keys[i]);
}

std::shared_ptr<const Partitioner> Md5Partitioner() { return Immortal<Md5>(); }

std::shared_ptr<const Partitioner> Xxh3Partitioner() { return Immortal<Xxh3>(); }

HashKey Md5HashKey(std::string_view partition_key) { return internal::Md5(partition_key); }

}  // namespace kinesis
