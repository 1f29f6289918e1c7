// Partitioner: the mapping from partition keys to hash keys, and with it the spread over shards.
//
// Choose Md5Partitioner() to place each key where Kinesis would place it: the default, and the one
// to use in a test or in a study of real keys. Choose Xxh3Partitioner() when this process is all
// there is: it spreads as evenly at a fraction of the cost, but puts keys on other shards than
// Kinesis. Write your own to try another strategy:
//
//   class FirstByte : public kinesis::Partitioner {
//    public:
//     HashKey Hash(std::string_view partition_key) const override {
//       const uint64_t byte = partition_key.empty() ? 0 : static_cast<uint8_t>(partition_key[0]);
//       return HashKey::FromHalves(byte << 56, 0);
//     }
//     std::string_view name() const override { return "first-byte"; }
//   };

#ifndef KINESIS_CORE_PARTITIONER_H_
#define KINESIS_CORE_PARTITIONER_H_

#include <memory>
#include <span>
#include <string_view>

#include "kinesis_core/export.h"
#include "kinesis_core/hash_key.h"

namespace kinesis {

// A pure function from partition key to hash key: the same key gives the same hash key every time,
// or records of one key lose their order.
//
// Thread-safe: all operations may run concurrently. A subclass has to keep that promise, because
// every producer of a stream calls its partitioner without a lock.
//
// Lifetime: a stream shares ownership of its partitioner, so a subclass may be destroyed only by
// letting the last std::shared_ptr go.
class KINESIS_CORE_EXPORT Partitioner {
 public:
  virtual ~Partitioner() = default;

  Partitioner(const Partitioner&) = delete;
  Partitioner& operator=(const Partitioner&) = delete;

  // The hash key of `partition_key`: any bytes, any length, not kept after the call.
  virtual HashKey Hash(std::string_view partition_key) const = 0;

  // Stores Hash(partition_keys[i]) in hash_keys[i] for each i. Override it where hashing many keys
  // together is faster; the result must not differ from Hash(). Neither span is kept.
  // Requires: hash_keys.size() == partition_keys.size().
  virtual void HashBatch(std::span<const std::string_view> partition_keys,
                         std::span<HashKey> hash_keys) const;

  // A short name for reports, such as "md5". Valid as long as the partitioner.
  virtual std::string_view name() const = 0;

 protected:
  Partitioner() = default;
};

// Kinesis's own mapping, Md5HashKey(). HashBatch() hashes many keys at once in vector registers
// (AVX-512 or AVX2 where the processor has it), for a fraction of what Hash() costs a key. The same
// immutable object at every call, valid until the process ends. Never null.
// Thread-safe: all operations may run concurrently.
KINESIS_CORE_EXPORT std::shared_ptr<const Partitioner> Md5Partitioner();

// XXH3 with 128 bits, seed 0, read as a number in its canonical (big-endian) byte order. The same
// immutable object at every call, valid until the process ends. Never null.
// Thread-safe: all operations may run concurrently.
KINESIS_CORE_EXPORT std::shared_ptr<const Partitioner> Xxh3Partitioner();

// The MD5 digest of the bytes of `partition_key` as a big-endian number: the hash key that Kinesis
// gives to a record without an ExplicitHashKey (PutRecord in the service model; the key is UTF-8
// there, any bytes here). MD5 spreads keys; it protects nothing.
// Thread-safe: all operations may run concurrently.
KINESIS_CORE_EXPORT HashKey Md5HashKey(std::string_view partition_key);

}  // namespace kinesis

#endif  // KINESIS_CORE_PARTITIONER_H_
