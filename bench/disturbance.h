// Disturbance: what others did to the processors of a measurement meanwhile.
#ifndef KINESIS_CORE_BENCH_DISTURBANCE_H_
#define KINESIS_CORE_BENCH_DISTURBANCE_H_

namespace kinesis::bench {

// Begins with its making. Reads the system's accounts, which are kept in ticks of 10 ms as a rule:
// good for measurements of 50 ms and more.
//
// Thread-compatible: const operations may run concurrently.
class Disturbance {
 public:
  Disturbance();

  // The part of one processor that other processes and other guests of the machine have used on the
  // two processors of the seats (pinning.h) since then. 0 where the system keeps no such accounts.
  double PartUsedByOthers() const;

  // Up to this much of it is taken for nothing.
  static constexpr double kTolerable = 0.1;

 private:
  double began_;
  double busy_;
  double own_;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_DISTURBANCE_H_
