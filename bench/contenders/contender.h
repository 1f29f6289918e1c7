// Contender: the one narrow interface through which every case drives the engine and its peers, so
// that each is written once and all run the same loops.
//
//   contender           batches  producers  logs  blocks  replays  takes a run-time length
//   raw, raw+              x        n         x      -       -       x
//   engine*                x        n         x      x       x       x
//   engine-built, -in-place -       n         -      -       x       x
//   moodycamel             x        n (1)     -      x (2)   -       -
//   boost-queue            -        n         -      -       -       -
//   boost-spsc             x        1         -      -       -       -
//   tbb-bounded            -        n         -      x       -       -
//   zeromq                 -        n         -      x       -       x
//   deque-condvar          x        n         -      x       -       x
//   deque-log              x        n         -      -       x       x
//   lmdb, sqlite           x        n         -      -       x       x
//
// A dash explains why a contender is absent from a case: it has no batch call, takes one producer
// only, or cannot put a consumer to sleep. `logs` is for the case of producers on logs of their
// own: raw is tried as several logs there, the engine as several shards; moodycamel, which has a
// sub-queue for each producer anyway, as it is. (1) Without an order between producers. (2) As
// BlockingConcurrentQueue, which spins up to 10,000 times before it sleeps.
//
// All contenders have the same: 64 MiB of messages, which is beyond the caches; memory that is
// there and has been used before the clock starts; and the same flow control, as far as it has to
// be given: queues are bounded and a producer that meets a full one tries again after a pause; logs
// keep their producers within a window of the reader (LagWindow). LMDB and SQLite never delete,
// which flatters them. Nobody but the engine is given partition keys.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_CONTENDER_H_
#define KINESIS_CORE_BENCH_CONTENDERS_CONTENDER_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "bench/payload.h"

namespace kinesis::bench {

// Where the engine's producers put their records. Others have no keys.
enum class KeySpread {
  kOwnPart,   // each producer over its own part of all shards
  kOneShard,  // all to the shard in the middle
};

// The most messages that one poll takes, where a contender can limit it and a case says no less.
inline constexpr size_t kPollMessages = 500;

// The messages of one case: how many, how large, in which batches, to how many logs.
struct Workload {
  size_t data_bytes = 0;
  size_t batch = 1;      // messages given at once; 1 is the single call
  size_t producers = 1;  // at most kMostProducers
  size_t shards = 1;
  uint64_t log_bytes = uint64_t{64} << 20;  // of all shards together
  KeySpread keys = KeySpread::kOwnPart;
  size_t poll = kPollMessages;  // messages that one poll takes at most

  size_t shards_in_use() const { return keys == KeySpread::kOneShard ? 1 : shards; }
  // The bytes that one log may hold: its share, but never less than a few batches and some single
  // messages.
  uint64_t shard_bytes() const {
    return std::max(
        {log_bytes / shards_in_use(), (4 * batch + 64) * (data_bytes + 64), uint64_t{32} << 10});
  }
  // Messages that a log of that size holds, at a guess of 32 bytes beside the data.
  size_t shard_messages() const { return static_cast<size_t>(shard_bytes() / (data_bytes + 32)); }
};

// A contender `C` is made from a Workload and has
//   C::kName          what reports call it
//   C::kMostProducers how many producers it takes
//   C::kInOrder       whether a consumer gets the messages of one producer in order, if there is
//                     one shard
//   C::Producer       made from (C&, index) on the producing thread. Put(data) returns when the
//                     message is in; it waits for room. `data` is 8-byte aligned, in a buffer of
//                     whole words. Optional: PutBatch(MessageSpan).
//   C::Consumer       made from (C&) on the consuming thread, before the first message is sent.
//                     Poll(most, take) passes what is there, at most about `most` messages, to
//                     take(std::string_view) and returns how many; it does not wait. Optional:
//                     PollBlocking(most, take), which sleeps while there is nothing, for a second
//                     or so.
template <class C>
concept Contender = std::constructible_from<C, const Workload&> &&
    requires(typename C::Producer producer, typename C::Consumer consumer, Tally tally) {
  { C::kName } -> std::convertible_to<std::string_view>;
  { C::kMostProducers } -> std::convertible_to<size_t>;
  { C::kInOrder } -> std::convertible_to<bool>;
  producer.Put(std::string_view());
  { consumer.Poll(size_t{1}, tally) } -> std::convertible_to<size_t>;
};

template <class C>
concept BatchContender = Contender<C> && requires(typename C::Producer producer) {
  producer.PutBatch(MessageSpan());
};

template <class C>
concept BlockingContender = Contender<C> && requires(typename C::Consumer consumer, Tally tally) {
  { consumer.PollBlocking(size_t{1}, tally) } -> std::convertible_to<size_t>;
};

// An element of queues whose elements have a size that is known when they are compiled.
template <size_t kDataBytes>
struct Slot {
  char bytes[SlotBytes(kDataBytes)];

  // The message buffer itself, so that putting it copies it once.
  static const Slot& Of(std::string_view data) {
    static_assert(std::is_trivially_copyable_v<Slot>);
    return *reinterpret_cast<const Slot*>(data.data());
  }
  std::string_view data() const { return {bytes, kDataBytes}; }
};

// How many slots a consumer takes out at once: 64 KiB of them, so that they stay in the cache.
template <size_t kDataBytes>
inline constexpr size_t kSlotsAtOnce = std::clamp<size_t>((size_t{64} << 10) /
                                                              SlotBytes(kDataBytes),
                                                          1, 64);

// A list of contender types.
template <class... Cs>
struct ContenderList {
  // Calls f(std::type_identity<C>()) for each.
  template <class F>
  static void ForEach(const F& f) {
    (f(std::type_identity<Cs>()), ...);
  }
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_CONTENDER_H_
