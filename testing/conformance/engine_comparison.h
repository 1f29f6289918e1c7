// The engine does what the reference does, step by step, for any sequence of operations.
//
// A source of choices decides everything: how many shards, which policy, how little memory, whether
// the clock ever goes back, and then operations of every kind. After each one the results of both
// are compared: statuses, records, order, sequence numbers, losses, lineage. Two things are not in
// the reference and are taken from the engine, but checked:
//   What is trimmed for lack of memory depends on how records lie in segments. The comparison looks
//   where the trim horizon of each shard is. It must be where the reference has it, or behind
//   records that expired some time, or, if the policy is to trim and the last operation was a put
//   to that shard which met a limit, behind more: then the reference trims the same prefix, and
//   reported losses must agree with it. A put may be refused, if memory was really short.
//
// Thread rule: thread-compatible.
#ifndef KINESIS_CORE_TESTING_CONFORMANCE_ENGINE_COMPARISON_H_
#define KINESIS_CORE_TESTING_CONFORMANCE_ENGINE_COMPARISON_H_

#include <cstdint>

namespace kinesis::testing {

// Decides what a comparison does.
class Choices {
 public:
  virtual ~Choices() = default;
  // A number below `bound`; any number if `bound` is 0.
  virtual uint64_t Below(uint64_t bound) = 0;
  // True: no more operations.
  virtual bool exhausted() const { return false; }
};

// Makes at most so many operations on an engine and a reference. A difference is a failure of
// GoogleTest and ends it; the step is printed. With `print`, all are.
void CompareWithReference(Choices& choices, int operations, bool print);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_CONFORMANCE_ENGINE_COMPARISON_H_
