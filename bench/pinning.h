// Keeps each thread of a benchmark on a processor of its own.
#ifndef KINESIS_CORE_BENCH_PINNING_H_
#define KINESIS_CORE_BENCH_PINNING_H_

#include <string>

namespace kinesis::bench {

// The two places of a case.
enum class Seat {
  kProducer,  // the first processor that this process may use: 0, unless it has been confined
  kConsumer,  // the second, also that of a second producer
};

// The number of the processor, or -1 if the process may not use that many.
int CpuOf(Seat seat);

// Moves the calling thread to its seat for good. Where that is not possible (one processor, or the
// system refuses) the thread stays where it is; DescribePinning() says so.
void SitDown(Seat seat);

// For the header of a run: "producer on cpu 0, consumer on cpu 1", or what is wrong.
std::string DescribePinning();

// The same about cores: measures, for some 50 ms, what a loop of additions takes that is run by one
// of the seats, and how many times as long it takes if both run it at once. Two processors of one
// core, or two that others use too, need up to twice as long, or more.
std::string DescribeCores();

// In words: `slowdown` is that ratio.
std::string DescribeCores(double slowdown);

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_PINNING_H_
