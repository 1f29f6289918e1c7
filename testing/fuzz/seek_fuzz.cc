// Any sequence number, and any time, is a safe place to seek to or to trim before: the engine does
// what the reference does, in a stream with a closed parent, its children and a trimmed beginning.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/fuzz/fuzz_input.h"
#include "kinesis_core/testing/internal/reference_stream.h"

namespace kinesis::testing {
namespace {

constexpr uint32_t kShards = 4;

class SeekWorld {
 public:
  // Shard 0 is closed, with children 2 and 3; shard 1 is open.
  SeekWorld()
      : engine_(Engine::Create({.clock = &clock_}).value()),
        stream_(engine_->CreateStream("s", {.shard_count = 2, .retention = kRetention}).value()),
        reference_(2, absl::ToInt64Milliseconds(kRetention), Md5Partitioner(), Now()) {
    PutSome();
    clock_.Advance(absl::Seconds(3));
    PutSome();
    Expect(stream_.SplitShard(ShardId(0)).ok(), "a split");
    Expect(reference_.Split(ShardId(0), std::nullopt, Now()).ok(), "a split of the reference");
    clock_.Advance(absl::Seconds(2));
    PutSome();
    for (uint32_t i = 0; i < kShards; ++i) {
      shards_.push_back(stream_.FindShard(ShardId(i)).value());
    }
  }

  void Step(FuzzInput* input) {
    const auto shard = static_cast<uint32_t>(input->Below(kShards));
    switch (input->Below(5)) {
      case 0:
        return Start(shard, IteratorStart::AtSequenceNumber(Number(input, shard)));
      case 1:
        return Start(shard, IteratorStart::AfterSequenceNumber(Number(input, shard)));
      case 2:
        return Start(shard, IteratorStart::AtTimestamp(Time(input)));
      case 3:
        return Trim(shard, Number(input, shard));
      default:
        clock_.Advance(absl::Milliseconds(input->Number(1)));
    }
  }

 private:
  static constexpr absl::Duration kRetention = absl::Seconds(10);

  int64_t Now() const { return absl::ToUnixMillis(clock_.Now()); }

  void PutSome() {
    constexpr int kRecords = 12;
    for (int i = 0; i < kRecords; ++i) {
      const std::string data(i % 4 == 0 ? 3000 : 5, static_cast<char>('a' + i));
      const std::string key = std::to_string(i);
      const Record record{.partition_key = key, .data = data};
      const PutResult put = stream_.Put(record).value();
      Expect(reference_.Put(record, Now()).sequence_number == put.sequence_number, "a put");
      clock_.Advance(absl::Milliseconds(100));
    }
  }

  // As text, or of fields, which are those of a record of the shard but for some.
  SequenceNumber Number(FuzzInput* input, uint32_t shard) {
    const uint64_t how = input->Number(1);
    if (how % 8 == 7) {
      const absl::StatusOr<SequenceNumber> parsed = SequenceNumber::Parse(input->Text());
      return parsed.ok() ? *parsed : SequenceNumber();
    }
    const ReferenceStream::ShardState state = reference_.Find(ShardId(shard));
    uint64_t created_s = state.created_s;
    uint64_t index = input->Below(16);
    uint64_t time_s = static_cast<uint64_t>(Now()) / 1000 - input->Below(12);
    if ((how & 8) != 0) time_s = input->Number(5) & SequenceNumber::kMaxSeconds;
    if ((how & 16) != 0) index = input->Number(8) & SequenceNumber::kMaxIndex;
    if ((how & 32) != 0) created_s += input->Below(3) - 1;
    if ((how & 64) != 0) shard = static_cast<uint32_t>(input->Below(kShards + 1));
    return SequenceNumber::Make(created_s & SequenceNumber::kMaxSeconds, shard, index, time_s);
  }

  absl::Time Time(FuzzInput* input) const {
    if (!input->Flag()) return clock_.Now() - absl::Microseconds(input->Number(3));
    constexpr absl::Time kEnds[] = {absl::InfinitePast(), absl::UnixEpoch(),
                                    absl::InfiniteFuture()};
    return kEnds[input->Below(3)];
  }

  void Start(uint32_t shard, const IteratorStart& start) {
    const absl::StatusOr<Iterator> iterator = shards_[shard].CreateIterator(start);
    const auto place = reference_.Start(ShardId(shard), start, Now());
    Expect(iterator.status().code() == place.status().code(), "a seek succeeds as it should");
    if (!iterator.ok()) {
      Expect(!iterator.status().message().empty(), "an error says why");
      return;
    }
    Compare(*iterator, *place);
  }

  void Compare(Iterator iterator, ReferenceStream::Place place) {
    const RecordBatch batch = iterator.Read().value();
    const ReferenceStream::ReadResult expected = reference_.Read(&place, {}, Now());
    Expect(batch.size() == expected.records.size(), "as many records");
    Expect(batch.records_lost() == expected.lost, "as many lost");
    Expect(batch.end_of_shard() == expected.end_of_shard, "the same end");
    for (size_t i = 0; i < batch.size(); ++i) {
      Expect(batch[i].sequence_number == expected.records[i].number, "the same numbers");
      Expect(batch[i].data == expected.records[i].data, "the same data");
    }
  }

  void Trim(uint32_t shard, const SequenceNumber& number) {
    const absl::Status status = shards_[shard].TrimBefore(number);
    const absl::Status expected = reference_.TrimBefore(ShardId(shard), number);
    Expect(status.code() == expected.code(), "a trim succeeds as it should");
    Start(shard, IteratorStart::TrimHorizon());
  }

  SimulatedClock clock_;
  const std::unique_ptr<Engine> engine_;
  Stream stream_;
  ReferenceStream reference_;
  std::vector<Shard> shards_;
};

}  // namespace
}  // namespace kinesis::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  constexpr int kSteps = 40;
  kinesis::testing::FuzzInput input(bytes, size);
  kinesis::testing::SeekWorld world;
  for (int i = 0; i < kSteps && !input.empty(); ++i) world.Step(&input);
  return 0;
}
