// A stream one step at a time: what a recorded history of puts, reads, reshards, trims and a
// deletion is checked against.
//
// The steps are the contract of stream.h put sharply:
//   Put      looks its key up in the table; gets its place in the shard, if that is open; becomes
//            readable. Three steps, because a put that returned is not readable yet while a put
//            with a smaller number is still under way: readers go from record to record.
//            One in place that was not committed becomes void instead: readers step over it.
//   Read     finds the trim horizon and how much it lost; takes what is readable from there on.
//            Two steps: what is trimmed in between is returned all the same.
//   Reshard  publishes the new table; closes each parent. No put waits for it.
//   Trim, Latest, Close   one step.
//   Delete   is marked; empties the table; then, shard by shard, closes it and trims it.
// Whether a put is refused for lack of memory is not modelled: such puts are not in a history.
//
// Thread rule: thread-compatible.
#ifndef KINESIS_CORE_TESTING_LINEARIZABILITY_STREAM_MODEL_H_
#define KINESIS_CORE_TESTING_LINEARIZABILITY_STREAM_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kinesis_core/testing/linearizability/history_checker.h"

namespace kinesis::testing {

// A call and what it returned. Shards are named by their place in the order of creation; keys and
// range starts are the upper halves of hash keys; indices count from 0 in each shard.
struct StreamOperation {
  enum class Kind { kPut, kRead, kLatest, kTrim, kReshard, kDelete };

  Kind kind = Kind::kPut;
  int process = 0;  // who made it
  uint64_t called = 0;
  uint64_t returned = 0;
  bool deleted = false;  // Put, Read: it was told that the stream is deleted
  bool is_void = false;  // Put: it had a place, and its record is none

  size_t shard = 0;    // all but Reshard and Delete
  uint64_t key = 0;    // Put
  uint32_t value = 0;  // Put: which record it is
  uint64_t index = 0;  // Put: its place. Read: where it began. Latest: the place found. Trim
  std::vector<uint32_t> values = {};  // Read: the records
  uint64_t lost = 0;                  // Read
  bool at_tip = false;                // Read: there was nothing more
  bool at_end = false;                // Read: nor will there be: the shard is closed
  std::vector<size_t> parents = {};   // Reshard, in order of keys
  std::vector<size_t> children = {};  // Reshard. Read at the end
  std::vector<uint64_t> starts = {};  // Reshard: of the children
  size_t shards = 0;                  // Delete: all there ever were; no reshard overlaps it
};

class StreamModel {
 public:
  using Operation = StreamOperation;

  // How many steps a put is taken to have. With one, as if readers did not go from record to
  // record, some true histories are not linearizable.
  enum class PutSteps { kThree, kOne };

  // A stream whose first shards begin at `starts`, the first of which is 0.
  explicit StreamModel(const std::vector<uint64_t>& starts, PutSteps put_steps = PutSteps::kThree);

  static int StepCount(const Operation& operation);
  bool Step(const Operation& operation, int step);
  std::string Fingerprint() const;
  static bool ChangesNothing(const Operation& operation);
  static std::string Describe(const Operation& operation);

 private:
  struct Shard {
    std::vector<uint32_t> values;  // all that got a place
    std::vector<bool> readable;
    std::vector<bool> is_void;
    uint64_t horizon = 0;
    bool closed = false;
    std::vector<size_t> children;
  };
  struct Row {
    uint64_t start;
    size_t shard;
  };

  bool StepPut(const Operation& put, int step);
  bool LooksUp(const Operation& put) const;
  bool TakesPlace(const Operation& put);
  bool StepRead(const Operation& read, int step);
  bool Finds(const Operation& read);
  bool Takes(const Operation& read);
  bool StepReshard(const Operation& reshard, int step);
  bool Publishes(const Operation& reshard);
  bool StepDelete(int step);

  PutSteps put_steps_;
  std::vector<Shard> shards_;
  std::vector<Row> table_;  // in order of starts
  bool deleted_ = false;
  std::map<uint64_t, uint64_t> reads_from_;  // of a read that has made its first step, by its call
};

using StreamHistory = std::vector<StreamOperation>;
using StreamHistoryChecker = HistoryChecker<StreamModel>;

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LINEARIZABILITY_STREAM_MODEL_H_
