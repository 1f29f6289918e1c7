// Observer: told of what seldom happens to an engine, for its log or its alarms. Nothing is ever
// told for a single record, and a put or read that meets none of these events pays nothing for it;
// numbers are Engine::Metrics.
//
//   class Journal final : public kinesis::Observer {
//     void OnReshard(const kinesis::ReshardEvent& event) override { ... }
//   };
//   auto engine = kinesis::Engine::Create({.observer = std::make_shared<Journal>()});
#ifndef KINESIS_CORE_OBSERVER_H_
#define KINESIS_CORE_OBSERVER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/export.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

// Shards were split or merged (Stream::SplitShard, MergeShards, ReshardUniformly).
struct ReshardEvent {
  std::string stream;
  std::vector<ShardId> closed;  // those that took records until now, in order of hash keys
  std::vector<ShardId> opened;  // those that do from now on, likewise
};

// Why records have gone.
enum class TrimCause {
  kExpired,   // they are older than the retention period
  kDone,      // Shard::TrimBefore, or all consumer groups have committed them
  kOverflow,  // they were the oldest, and OverflowPolicy::kTrimOldest needed room
};

// A block of a shard's memory, which held `records` records, has left its log.
struct TrimEvent {
  std::string stream;
  ShardId shard;
  TrimCause cause = TrimCause::kDone;
  uint64_t records = 0;
};

enum class ShortageKind {
  kShardCapacity,  // the shard is at StreamOptions::shard_capacity_bytes
  kMemory,         // the engine gets no more: at memory_budget_bytes, or the system refuses
};

// A put was refused for want of room (or sleeps until there is some: Put with a deadline).
struct ShortageEvent {
  std::string stream;
  ShardId shard;
  ShortageKind kind = ShortageKind::kMemory;
};

// A shard of a consumer group went from one member to another.
struct HandOverEvent {
  std::string stream;
  std::string group;
  ShardId shard;
  uint64_t from = 0;   // a member; 0: nobody had it
  uint64_t to = 0;     // 0: nobody has it, as it is finished or there is no member
  uint64_t epoch = 0;  // of the new ownership; of two events of a shard the later has the greater
  bool is_finished = false;
};

// Override what is of interest.
//
// Called on the thread whose call made the event, before that call returns (or, if it goes to
// sleep, before it does), after the change, and without any lock of the engine held: everything of
// the engine may be called, the same stream or group included, and time spent delays that caller
// alone. Several threads may be in an observer at once, and what they tell is in no order; the
// events of one thread come in the order in which they happened. An event that such a call makes is
// told while the one before it still is. An exception that a callback lets out is swallowed: that
// event is lost, and the call that made it goes on.
//
// Lifetime: shared by the engine and its handles. One that keeps an Engine, Stream or other handle
// of it keeps itself alive; ~Engine deletes streams, and tells of it, when the Engine is of no more
// use.
class KINESIS_CORE_EXPORT Observer {
 public:
  virtual ~Observer() = default;

  virtual void OnStreamCreated(std::string_view /*stream*/) {}
  // Stream::Close was called, for the first time.
  virtual void OnStreamClosed(std::string_view /*stream*/) {}
  // By Engine::DeleteStream or the end of the engine. Of the records that go with it no trim is
  // told.
  virtual void OnStreamDeleted(std::string_view /*stream*/) {}
  virtual void OnReshard(const ReshardEvent& /*event*/) {}
  // Once for each block, so once for up to 4,096 records; from within a put if that needs the room.
  virtual void OnTrim(const TrimEvent& /*event*/) {}
  // At the first such put of a stream, and then again only when room has been made meanwhile.
  virtual void OnShortage(const ShortageEvent& /*event*/) {}
  virtual void OnHandOver(const HandOverEvent& /*event*/) {}

 protected:
  Observer() = default;
  Observer(const Observer&) = default;
  Observer& operator=(const Observer&) = default;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_OBSERVER_H_
