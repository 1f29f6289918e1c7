// One thread puts, and reads back what it has put.
//
//   append   cpu 0 --Put--> [ log ]                       time per message put
//   scatter  cpu 0 --PutBatch of 500--> [ 4 shards ]      the same; raw has one log
//   read                    [ log ] --Poll--> cpu 0       time per message read, every byte touched
//   read-one                the same, one message a poll
//
// Filled by three eighths and emptied, over and over: see FillAndDrain. Only one half is timed.
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/cases/cases.h"
#include "bench/contenders/all_contenders.h"
#include "bench/loops.h"

namespace kinesis::bench {
namespace {

template <Contender C>
void Add(Case& into, const Workload& workload, Timed timed) {
  if (!CanDo<C>(workload)) return;
  into.participants.push_back({std::string(C::kName), [workload, timed](uint64_t messages) {
                                 return FillAndDrain<C>(workload, timed, messages).Run();
                               }});
}

template <size_t kBytes>
void AddCasesOf(const Scale& scale, std::vector<Case>& cases) {
  const std::string bytes = std::to_string(kBytes);
  const auto add_all = [&](Case new_case, const Workload& workload, Timed timed, auto contenders) {
    decltype(contenders)::ForEach(
        [&]<class C>(std::type_identity<C>) { Add<C>(new_case, workload, timed); });
    cases.push_back(new_case);
  };
  Workload workload{.data_bytes = kBytes, .log_bytes = scale.log_bytes};
  for (const size_t batch : scale.batches) {
    workload.batch = batch;
    add_all({"append/" + bytes + "/" + NameOfBatch(batch), "cpu 0 --put--> [ log ]"}, workload,
            Timed::kFill, Writers<kBytes>());
  }
  Case scatter{"scatter/" + bytes + "/" + NameOfBatch(workload.batch),
               "cpu 0 --put--> [ 4 shards ]   (raw: one log)"};
  Add<RawLog<false>>(scatter, workload, Timed::kFill);
  Add<RawLog<true>>(scatter, workload, Timed::kFill);
  workload.shards = 4;
  Add<ExplicitEngine>(scatter, workload, Timed::kFill);
  Add<Xxh3Engine>(scatter, workload, Timed::kFill);
  Add<Md5Engine>(scatter, workload, Timed::kFill);
  cases.push_back(scatter);

  add_all({"read/" + bytes, "[ log ] --poll--> cpu 0, every byte touched"},
          {.data_bytes = kBytes, .log_bytes = scale.log_bytes}, Timed::kDrain, Readers<kBytes>());
  add_all({"read-one/" + bytes, "[ log ] --poll of one--> cpu 0, every byte touched"},
          {.data_bytes = kBytes, .log_bytes = scale.log_bytes, .poll = 1}, Timed::kDrain,
          Readers<kBytes>());
}

}  // namespace

std::vector<Case> AppendCases(const Scale& scale) {
  std::vector<Case> cases;
  ForEach(DataSizes(), [&](auto size) { AddCasesOf<decltype(size)::value>(scale, cases); });
  return cases;
}

}  // namespace kinesis::bench
