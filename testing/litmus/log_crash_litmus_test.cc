// Crashes of a log whose blocks outlive the process, under seeded schedules: at some step all that
// stands in the "files" is copied, as a kill leaves it to the next process, and what recovery makes
// of the copy is held against what had been acknowledged by then. The log that is recovered runs on
// std::atomic, on the same bytes. Then it crashes again, after one more record.
//
// Checked each time (segment_header.h names the invariants):
//   what was acknowledged is there, whole, at its index, unless a trim of it had begun;
//   nothing is there that was not put, nothing twice, each producer's records in order, of a batch
//   that was claimed at once all or nothing;
//   a trim that returned holds; and the next record's index was never acknowledged before.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/internal/base/poison.h"
#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/internal/log/segment_header.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/internal/tagged_record.h"
#include "kinesis_core/testing/litmus/log_world.h"
#include "kinesis_core/testing/litmus/outcome_table.h"

namespace kinesis::testing {
namespace {

using internal::FoundSegment;
using internal::LogStatus;
using internal::LogUid;
using internal::Millis;
using internal::RecordIndex;
using internal::StdAtomics;
using Header = internal::SegmentHeader<StdAtomics>;
using Pool = internal::SegmentPool<StdAtomics>;
using Log = internal::RingLog<StdAtomics>;

// "Files" of blocks of the smallest class, and of headers: those of the blocks first.
class Files final : public internal::BlockStore {
 public:
  static constexpr size_t kBlocks = 24;
  static constexpr size_t kHeaders = kBlocks + 40;

  Files() : bytes_(new Bytes()) {}

  std::byte* Allocate(size_t bytes) override {
    for (size_t i = 0; i < kBlocks; ++i) {
      if (bytes != kBlockBytes || taken_[i]) continue;
      taken_[i] = true;
      std::memset(bytes_->blocks[i], 0, kBlockBytes);
      return bytes_->blocks[i];
    }
    return nullptr;
  }
  void Free(std::byte* block, size_t /*bytes*/) override { taken_[PlaceOf(block)] = false; }
  std::byte* HeaderOf(std::byte* block) override { return bytes_->headers[PlaceOf(block)]; }
  std::byte* NewHeader() override {
    return next_header_ < kHeaders ? bytes_->headers[next_header_++] : nullptr;
  }

  // What the next process finds.
  std::shared_ptr<Files> Copy() const {
    internal::Unpoison(bytes_.get(), sizeof(Bytes));  // AddressSanitizer, which has no say in this
    auto copy = std::make_shared<Files>();
    std::memcpy(copy->bytes_.get(), bytes_.get(), sizeof(Bytes));
    return copy;
  }

  std::vector<FoundSegment> Find(LogUid uid) {
    std::vector<FoundSegment> found;
    taken_.assign(kBlocks, false);
    for (size_t i = 0; i < kHeaders; ++i) {
      FoundSegment segment;
      segment.header = bytes_->headers[i];
      if (!reinterpret_cast<Header*>(segment.header)->Read(&segment.stored)) continue;
      next_header_ = std::max(next_header_, i + 1);
      if (segment.stored.log_uid != uid) continue;
      if (i < kBlocks) segment.block = bytes_->blocks[i];
      if (i < kBlocks) taken_[i] = true;
      found.push_back(segment);
    }
    return found;
  }

 private:
  struct Bytes {
    alignas(64) std::byte blocks[kBlocks][kBlockBytes] = {};
    alignas(64) std::byte headers[kHeaders][sizeof(Header)] = {};
  };

  size_t PlaceOf(const std::byte* block) const {
    return static_cast<size_t>(block - bytes_->blocks[0]) / kBlockBytes;
  }

  std::unique_ptr<Bytes> bytes_;
  std::vector<bool> taken_ = std::vector<bool>(kBlocks, false);
  size_t next_header_ = kBlocks;
};

// What has been promised, and what may have happened, at some moment.
struct Known {
  std::map<uint64_t, RecordTag> acknowledged;  // by index
  // By producer and sequence: whether it was refused.
  std::map<std::pair<uint32_t, uint32_t>, bool> begun;
  uint64_t trims_begun = 0;  // the highest index that a trim may have got to
  uint64_t trims_returned = 0;
};

class CrashingLog {
 public:
  CrashingLog(Schedule& schedule, uint64_t budget_blocks)
      : schedule_(schedule),
        files_(std::make_shared<Files>()),
        world_(schedule, {.budget_blocks = budget_blocks, .store = files_}) {}

  LogWorld& world() { return world_; }

  void Put(uint32_t producer, uint32_t sequence, size_t bytes) {
    known_.begun[{producer, sequence}] = false;
    const bool trims = world_.limits().trim_oldest.load(std::memory_order_relaxed);  // constant
    if (trims) known_.trims_begun = UINT64_MAX;
    if (world_.Append(0, 1, producer, sequence, bytes) == LogStatus::kOk) {
      Acknowledge();
    } else {
      known_.begun[{producer, sequence}] = true;
    }
  }
  void PutSome(uint32_t producer, uint32_t sequence, uint32_t count, size_t bytes) {
    for (uint32_t i = 0; i < count; ++i) known_.begun[{producer, sequence + i}] = false;
    const uint32_t done = world_.AppendSome(0, 1, producer, sequence, count, bytes);
    if (done > 0) Acknowledge();
    for (uint32_t i = done; i < count; ++i) known_.begun[{producer, sequence + i}] = true;
  }
  void TrimBefore(uint64_t index) {
    known_.trims_begun = std::max(known_.trims_begun, index);
    world_.log().TrimBefore(RecordIndex(index), kNowMs);
    known_.trims_returned = std::max(known_.trims_returned, index);
  }

  // Spawns the one who copies.
  void SpawnCrash(uint64_t steps_max) {
    schedule_.Spawn([this, steps_max] {
      for (uint64_t i = schedule_.Draw(steps_max); i > 0; --i) schedule_.Yield();
      crashed_files_ = files_->Copy();
      crashed_ = known_;
    });
  }

  // Recovers what was copied, and again after one more record. Returns how much had been
  // acknowledged.
  std::string CheckRecovery() {
    const uint64_t end = Recover(*crashed_files_, crashed_);
    if (schedule_.failed() || end == 0) return "none";
    Recover(*crashed_files_, crashed_);
    if (crashed_.acknowledged.size() < 3) return "few";
    return holes_ > 0 ? "holes" : "many";
  }

 private:
  void Acknowledge() {
    const LogWorld::Put& put = world_.puts().back();
    for (uint32_t i = 0; i < put.appended.count; ++i) {
      known_.acknowledged[put.appended.first_index + i] = {1, put.producer, put.sequence + i};
    }
  }

  // Recovers a log from the files, checks it, and puts another record to it, which stays in the
  // files. Returns the index of that plus one; 0 if there was nothing.
  uint64_t Recover(Files& files, Known& known) {
    const std::vector<FoundSegment> found = files.Find(LogUid(1));
    std::shared_ptr<Files> store(&files, [](Files*) {});
    auto* const pool = new Pool({.budget_bytes = Files::kBlocks * kBlockBytes, .store = store});
    Log log;
    const internal::RecoveredLog recovered = log.Recover(*pool, LogUid(1), found);
    schedule_.Check(recovered.found, "a log that was open is found");
    schedule_.Check(recovered.damaged == 0 && recovered.cut_segments == 0, "nothing is damaged");
    holes_ += recovered.holes;
    CheckRecords(log, known);
    const internal::Appended appended = PutOne(log, known);
    log.Close(kNowMs);
    log.Abandon();
    Pool::Release(pool);
    return appended.first_index + 1;
  }

  void CheckRecords(Log& log, const Known& known) {
    const uint64_t oldest = log.Oldest().index;
    schedule_.Check(oldest >= known.trims_returned, "a trim that returned holds");
    std::map<uint64_t, RecordTag> read;
    internal::LogCursor cursor = log.Oldest();
    for (;;) {
      Log::Span span;
      uint64_t lost = 0;
      const Log::ReadState state = log.ReadSpan(&cursor, {.max_records = 100}, &span, &lost);
      if (state != Log::ReadState::kRecords) break;
      for (uint32_t i = 0; i < span.count; ++i) {
        const uint64_t word = span.pin->entries()[span.first + i].load(std::memory_order_relaxed);
        const internal::RecordEntry entry = internal::RecordEntry::Decode(word);
        const std::string_view data(
            reinterpret_cast<const char*>(span.pin->record(entry.offset_units)) +
                internal::kRecordHeaderBytes,
            entry.data_bytes);
        RecordTag tag;
        schedule_.Check(ReadTag(data, &tag), "a record is whole");
        read[cursor.index - span.count + i] = tag;
      }
    }
    schedule_.Check(cursor.index == log.EndIndex(), "readers come to the end");
    std::map<uint32_t, uint32_t> next;  // of each producer
    for (const auto& [index, tag] : read) {
      schedule_.Check(known.begun.count({tag.producer, tag.sequence}) > 0, "it was put");
      schedule_.Check(tag.sequence >= next[tag.producer], "in order, and none twice");
      // Of a batch all is there or nothing. What is missing in front of the first was trimmed.
      if (next[tag.producer] > 0) {
        for (uint32_t i = next[tag.producer]; i < tag.sequence; ++i) {
          schedule_.Check(known.begun.at({tag.producer, i}), "nothing is left out");
        }
      }
      next[tag.producer] = tag.sequence + 1;
    }
    for (const auto& [index, tag] : known.acknowledged) {
      const auto found = read.find(index);
      if (found != read.end()) {
        schedule_.Check(found->second == tag, "an acknowledged record is at its index");
      } else {
        schedule_.Check(index < oldest && index < known.trims_begun,
                        "an acknowledged record is there");
      }
      schedule_.Check(index < log.EndIndex(), "no index is given out again");
    }
  }

  static internal::Appended PutOne(Log& log, Known& known) {
    internal::Appended appended;
    internal::LogLimits<StdAtomics> limits;
    const RecordTag tag{1, 99, static_cast<uint32_t>(known.begun.size())};
    const std::string data = TaggedData(tag, kSmall);
    EXPECT_EQ(log.Append(LogUid(1), {data, ""}, kNowMs, limits, &appended), LogStatus::kOk);
    known.begun[{tag.producer, tag.sequence}] = false;
    known.acknowledged[appended.first_index] = tag;
    return appended;
  }

  Schedule& schedule_;
  const std::shared_ptr<Files> files_;
  LogWorld world_;
  Known known_;
  Known crashed_;
  std::shared_ptr<Files> crashed_files_;
  uint64_t holes_ = 0;
};

const std::vector<Outcome> kOutcomes = {
    {"few", Verdict::kExpected, "little had been acknowledged"},
    {"many", Verdict::kExpected, "much had been"},
    {"holes", Verdict::kAllowed, "with claims that were not committed in front"},
};

TEST(LogCrashLitmus, WhatWasAcknowledgedIsThereAfterACrash) {
  RunLitmus({.schedules = 3'000}, kOutcomes, [](Schedule& s) {
    CrashingLog log(s, Files::kBlocks);
    const size_t sizes[] = {kSmall, kThirdOfBlock, kHalfOfBlock};
    for (uint32_t producer = 0; producer < 3; ++producer) {
      s.Spawn([&, producer] {
        for (uint32_t i = 0; i < 6;) {
          if (s.Draw(3) == 0) {
            log.PutSome(producer, i, 2, sizes[s.Draw(2)]);
            i += 2;
          } else {
            log.Put(producer, i++, sizes[s.Draw(3)]);
          }
        }
      });
    }
    log.SpawnCrash(60);
    s.Run();
    return s.failed() ? std::string("none") : log.CheckRecovery();
  });
}

TEST(LogCrashLitmus, ATrimHoldsAfterACrashAndTakesNothingElse) {
  RunLitmus({.schedules = 3'000}, kOutcomes, [](Schedule& s) {
    CrashingLog log(s, Files::kBlocks);
    for (uint32_t producer = 0; producer < 2; ++producer) {
      s.Spawn([&, producer] {
        for (uint32_t i = 0; i < 5; ++i) {
          log.Put(producer, i, s.Draw(2) == 0 ? kThirdOfBlock : kHalfOfBlock);
        }
      });
    }
    for (int trimmer = 0; trimmer < 2; ++trimmer) {
      s.Spawn([&] {
        for (int i = 0; i < 3; ++i) {
          log.TrimBefore(s.Draw(log.world().log().EndIndex() + 1));
        }
      });
    }
    log.SpawnCrash(60);
    s.Run();
    return s.failed() ? std::string("none") : log.CheckRecovery();
  });
}

// Blocks are recycled from the first record on. What goes wrong in the order of headers, head and
// blocks takes two threads in the wrong places, and shows in one of some thousand schedules.
TEST(LogCrashLitmus, ABlockThatIsRecycledBringsNothingBack) {
  RunLitmus({.schedules = 15'000}, kOutcomes, [](Schedule& s) {
    CrashingLog log(s, 3);
    // Relaxed, both: nothing runs yet.
    log.world().limits().capacity_bytes.store(2 * kBlockBytes, std::memory_order_relaxed);
    log.world().limits().trim_oldest.store(true, std::memory_order_relaxed);
    for (uint32_t producer = 0; producer < 3; ++producer) {
      s.Spawn([&, producer] {
        for (uint32_t i = 0; i < 6; ++i) {
          log.Put(producer, i, s.Draw(2) == 0 ? kThirdOfBlock : kHalfOfBlock);
        }
      });
    }
    log.SpawnCrash(100);
    s.Run();
    return s.failed() ? std::string("none") : log.CheckRecovery();
  });
}

}  // namespace
}  // namespace kinesis::testing
