// The arithmetic of the control words, exhaustively on small ranges and at the edges of each field.
#include "kinesis_core/internal/log/segment.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <set>

#include <gtest/gtest.h>

#include "kinesis_core/internal/log/record_layout.h"

namespace kinesis::internal {
namespace {

using Control = Segment<StdAtomics>;

// --- SegmentRef

TEST(SegmentRef, KeepsIdAndGeneration) {
  for (const uint32_t id : {0U, 1U, 12345U, 0xffff'fffdU}) {
    for (const uint32_t generation : {0U, 1U, 0x7fff'ffffU, 0xffff'ffffU}) {
      const SegmentRef ref(id, Generation(generation));
      EXPECT_EQ(ref.id(), id);
      EXPECT_EQ(ref.generation(), generation);
      EXPECT_TRUE(ref.is_segment());
      EXPECT_FALSE(ref.is_closed());
      EXPECT_EQ(SegmentRef::FromBits(ref.bits()), ref);
    }
  }
}

TEST(SegmentRef, NamesNoSegmentByDefaultNorWhenNoneOrClosed) {
  EXPECT_FALSE(SegmentRef().is_segment());
  EXPECT_FALSE(SegmentRef().is_closed());
  EXPECT_FALSE(SegmentRef(SegmentRef::kNoneId, Generation(7)).is_segment());
  EXPECT_FALSE(SegmentRef(SegmentRef::kClosedId, Generation(7)).is_segment());
  EXPECT_TRUE(SegmentRef(SegmentRef::kClosedId, Generation(7)).is_closed());
  EXPECT_NE(SegmentRef(1, Generation(2)), SegmentRef(1, Generation(3)));
  EXPECT_NE(SegmentRef(1, Generation(2)), SegmentRef(2, Generation(2)));
}

// --- TailWord

TEST(TailWord, OfAnEmptySegmentHasItsGenerationTimeAndDutyAndNothingElse) {
  for (const uint32_t generation : {0U, 1U, 1023U, 1024U, 0xffff'ffffU}) {
    for (const int64_t base_ms : {int64_t{0}, int64_t{1}, TailWord::kTimeSpanMs - 1,
                                  TailWord::kTimeSpanMs, int64_t{1'700'000'000'123}}) {
      for (const bool wait : {false, true}) {
        const TailWord word = TailWord::Empty(Generation(generation), Millis(base_ms), wait);
        EXPECT_EQ(word.count(), 0U);
        EXPECT_EQ(word.offset_units(), 0U);
        EXPECT_FALSE(word.sealed());
        EXPECT_EQ(word.wait(), wait);
        EXPECT_EQ(word.TimeMs(Millis(base_ms)), base_ms);
        EXPECT_TRUE(word.IsOf(SegmentRef(5, Generation(generation))));
        EXPECT_FALSE(word.IsOf(SegmentRef(5, Generation(generation + 1))));
      }
    }
  }
}

TEST(TailWord, TellsGenerationsApartModulo1024) {
  const TailWord word = TailWord::Empty(Generation(77), Millis(0), false);
  for (uint32_t generation = 0; generation < 4096; ++generation) {
    EXPECT_EQ(word.IsOf(SegmentRef(0, Generation(generation))), generation % 1024 == 77)
        << generation;
  }
}

TEST(TailWord, AdvancesByTheClaimAndTakesTheDutyToWake) {
  const TailWord start = TailWord::Empty(Generation(513), Millis(1000), true);
  TailWord word = start;
  uint32_t count = 0;
  uint32_t units = 0;
  for (uint32_t i = 0; i < 64; ++i) {
    const TailWord before = word;
    word = before.Advanced(1 + i % 3, 5 + i, Millis(1000 + i));
    count += 1 + i % 3;
    units += 5 + i;
    EXPECT_EQ(word.count(), count);
    EXPECT_EQ(word.offset_units(), units);
    EXPECT_EQ(word.TimeMs(Millis(1000)), 1000 + i);
    EXPECT_TRUE(word.IsOf(SegmentRef(0, Generation(513))));
    EXPECT_FALSE(word.wait());
    EXPECT_FALSE(word.sealed());
    word = word.Waiting();
    EXPECT_TRUE(word.wait());
  }
}

TEST(TailWord, HoldsTheCountAndOffsetOfAFullSegmentOfEachClass) {
  for (int size_class = 1; size_class < SegmentGeometry::kClasses; ++size_class) {
    const SegmentGeometry geometry = SegmentGeometry::Of(size_class);
    const int64_t base_ms = 123'456'789;
    const int64_t last_ms = base_ms + TailWord::kTimeSpanMs - 1;
    TailWord word = TailWord::Empty(Generation(1023), Millis(base_ms), false);
    word = word.Advanced(geometry.entries, geometry.data_units, Millis(last_ms));
    EXPECT_EQ(word.count(), geometry.entries) << size_class;
    EXPECT_EQ(word.offset_units(), geometry.data_units) << size_class;
    EXPECT_EQ(word.TimeMs(Millis(base_ms)), last_ms) << size_class;
    EXPECT_TRUE(word.IsOf(SegmentRef(0, Generation(1023)))) << size_class;
    EXPECT_FALSE(word.sealed()) << size_class;
    EXPECT_FALSE(word.wait()) << size_class;
  }
}

TEST(TailWord, SealingAndWaitingChangeTheirBitOnly) {
  const TailWord word =
      TailWord::Empty(Generation(3), Millis(99), false).Advanced(7, 70, Millis(99));
  EXPECT_EQ(word.Sealed().bits(), word.bits() | TailWord::kSealed);
  EXPECT_EQ(word.Waiting().bits(), word.bits() | TailWord::kWait);
  EXPECT_EQ(word.Sealed().Sealed().bits(), word.Sealed().bits());
  EXPECT_TRUE(word.Waiting().Sealed().wait());
  EXPECT_TRUE(word.Waiting().Sealed().sealed());
}

TEST(TailWord, NamesEachTimeOfItsSpanWhereverTheSpanWraps) {
  for (const int64_t around :
       {int64_t{0}, TailWord::kTimeSpanMs, 5 * TailWord::kTimeSpanMs, int64_t{1'700'000'000'000}}) {
    for (int64_t base_ms = around < 3 ? 0 : around - 3; base_ms <= around + 3; ++base_ms) {
      const TailWord empty = TailWord::Empty(Generation(1), Millis(base_ms), false);
      for (const int64_t delta :
           {int64_t{0}, int64_t{1}, int64_t{2}, int64_t{3}, int64_t{4}, TailWord::kTimeSpanMs / 2,
            TailWord::kTimeSpanMs - 2, TailWord::kTimeSpanMs - 1}) {
        EXPECT_EQ(empty.Advanced(1, 1, Millis(base_ms + delta)).TimeMs(Millis(base_ms)),
                  base_ms + delta);
      }
      EXPECT_EQ(
          empty.Advanced(1, 1, Millis(base_ms + TailWord::kTimeSpanMs)).TimeMs(Millis(base_ms)),
          base_ms)
          << "a span more cannot be told apart: the log rotates before";
    }
  }
}

// --- StateWord

TEST(StateWord, KeepsGenerationFlagAndPinsApart) {
  for (const uint64_t generation : {uint64_t{0}, uint64_t{9}, uint64_t{0xffff'ffff}}) {
    for (const uint64_t flag : {StateWord::kFree, StateWord::kLive, StateWord::kRetired}) {
      for (const uint64_t pins : {uint64_t{0}, uint64_t{1}, StateWord::kPins}) {
        const StateWord state(generation << 32 | flag | pins);
        EXPECT_EQ(state.generation(), generation);
        EXPECT_EQ(state.flag(), flag);
        EXPECT_EQ(state.pins(), pins);
        EXPECT_FALSE(state.orphan());
        EXPECT_TRUE(StateWord(generation << 32 | flag | pins | StateWord::kOrphan).orphan());
      }
    }
  }
}

TEST(StateWord, IsFreeInTheNextGenerationOnceRecycled) {
  const StateWord state(StateWord(uint64_t{41} << 32 | StateWord::kRetired).Recycled());
  EXPECT_EQ(state.generation(), 42U);
  EXPECT_EQ(state.flag(), StateWord::kFree);
  EXPECT_EQ(state.pins(), 0U);
  EXPECT_FALSE(state.orphan());
}

TEST(StateWord, StaysAnOrphanWhenRecycled) {
  const uint64_t bits = uint64_t{41} << 32 | StateWord::kRetired | StateWord::kOrphan;
  EXPECT_TRUE(StateWord(StateWord(bits).Recycled()).orphan());
}

TEST(StateWord, ComesBackToGenerationZeroAfterTheLast) {
  const uint64_t bits = uint64_t{0xffff'ffff} << 32 | StateWord::kRetired;
  EXPECT_EQ(StateWord(StateWord(bits).Recycled()).generation(), 0U);
}

// --- SegmentGeometry

TEST(SegmentGeometry, HasAClassForEachSizeAndSpacing) {
  std::set<int> classes;
  for (int spacing = 0; spacing < SegmentGeometry::kSpacings; ++spacing) {
    for (int size = 1; size <= SegmentGeometry::kSizes; ++size) {
      const int size_class = SegmentGeometry::ClassOf(size, spacing);
      classes.insert(size_class);
      EXPECT_EQ(SegmentGeometry::SizeOf(size_class), size);
      const SegmentGeometry geometry = SegmentGeometry::Of(size_class);
      EXPECT_EQ(geometry.block_bytes, size_t{1024} << (2 * size));
      const size_t bytes_per_entry = size_t{64} << spacing;
      EXPECT_EQ(geometry.entries, std::min<size_t>(geometry.block_bytes / bytes_per_entry, 4096));
    }
  }
  EXPECT_EQ(SegmentGeometry::SizeOf(SegmentGeometry::kStub), 0);
  EXPECT_EQ(classes.size(), size_t{SegmentGeometry::kClasses - 1});
  EXPECT_EQ(*classes.rbegin(), SegmentGeometry::kClasses - 1);
}

TEST(SegmentGeometry, HasAnEntryForEachRecordOfTheSpacingsBytes) {
  for (const size_t bytes :
       {8, 40, 55, 56, 119, 120, 124, 500, 1015, 1016, 1048, 16'408, 10 << 20}) {
    const int spacing = SegmentGeometry::SpacingFor(bytes);
    const size_t with_entry = bytes + sizeof(uint64_t);
    EXPECT_TRUE(spacing == 0 || with_entry >= size_t{64} << spacing) << bytes;
    EXPECT_TRUE(spacing == SegmentGeometry::kSpacings - 1 || with_entry < size_t{128} << spacing)
        << bytes;
  }
}

TEST(SegmentGeometry, FitsEntriesAndRecordsIntoTheBlock) {
  for (int size_class = 1; size_class < SegmentGeometry::kClasses; ++size_class) {
    const SegmentGeometry geometry = SegmentGeometry::Of(size_class);
    const size_t entries = geometry.entries * sizeof(uint64_t);
    const size_t data = size_t{geometry.data_units} << geometry.unit_shift;
    EXPECT_LE(entries + data, geometry.block_bytes);
    EXPECT_GT(entries + data + (size_t{1} << geometry.unit_shift), geometry.block_bytes)
        << "no unit is left over";
    EXPECT_LT(geometry.data_units, 1U << TailWord::kOffsetBits);
    EXPECT_LE(geometry.entries, SegmentGeometry::kEntriesMax);
    EXPECT_GE(geometry.unit_shift, 3) << "records are 8-byte aligned";
    EXPECT_EQ(entries % 8, 0U);
  }
}

TEST(SegmentGeometry, HoldsARecordExactlyIfItsUnitsFit) {
  for (int size_class = 0; size_class < SegmentGeometry::kClasses; ++size_class) {
    const SegmentGeometry geometry = SegmentGeometry::Of(size_class);
    const size_t room = size_t{geometry.data_units} << geometry.unit_shift;
    for (size_t less = 0; less <= 2 * 1024 && less <= room; ++less) {
      EXPECT_EQ(geometry.Holds(room - less), geometry.entries > 0) << size_class << " " << less;
    }
    for (size_t more = 1; more <= 2 * 1024; ++more) EXPECT_FALSE(geometry.Holds(room + more));
    EXPECT_FALSE(geometry.Holds(~size_t{0}));
    EXPECT_FALSE(geometry.Holds(size_t{1} << 32 << geometry.unit_shift)) << "units do not wrap";
  }
}

TEST(SegmentGeometry, RoundsBytesUpToUnits) {
  for (int size_class = 1; size_class < SegmentGeometry::kClasses; ++size_class) {
    const SegmentGeometry geometry = SegmentGeometry::Of(size_class);
    const size_t unit = size_t{1} << geometry.unit_shift;
    for (size_t bytes = 0; bytes <= 3 * unit; ++bytes) {
      const size_t units = geometry.UnitsFor(bytes);
      EXPECT_GE(units * unit, bytes);
      EXPECT_LT(units * unit, bytes + unit);
    }
  }
}

TEST(SegmentGeometry, HasAClassForARecordOfTenMebibytes) {
  const size_t bytes = kRecordHeaderBytes + (size_t{10} << 20) + 256;
  EXPECT_TRUE(SegmentGeometry::Of(SegmentGeometry::kClasses - 1).Holds(bytes));
}

TEST(SegmentGeometry, OfAStubHoldsNothing) {
  EXPECT_EQ(SegmentGeometry::Of(SegmentGeometry::kStub).block_bytes, 0U);
  EXPECT_FALSE(SegmentGeometry::Of(SegmentGeometry::kStub).Holds(0));
}

// --- RecordEntry

TEST(RecordEntry, KeepsItsFieldsAndIsNeverZeroNorVoid) {
  for (const uint32_t offset : {0U, 1U, (1U << kEntryOffsetBits) - 1}) {
    for (const uint32_t data : {0U, 1U, 10U << 20, (1U << kEntryDataBits) - 1}) {
      for (const uint32_t key : {0U, 1U, 256U, (1U << kEntryKeyBits) - 1}) {
        const uint64_t word = RecordEntry{offset, data, key}.Encode();
        EXPECT_NE(word & kEntryCommitted, 0U);
        EXPECT_EQ(word & kEntryVoid, 0U);
        const RecordEntry entry = RecordEntry::Decode(word);
        EXPECT_EQ(entry.offset_units, offset);
        EXPECT_EQ(entry.data_bytes, data);
        EXPECT_EQ(entry.key_bytes, key);
        EXPECT_EQ(entry.payload_bytes(), uint64_t{data} + key);
      }
    }
  }
}

// --- Segment

TEST(Segment, KeepsTheLinesOfProducersAndReadersApart) {
  const Control control;
  const auto line = [&control](const void* field) {
    return (static_cast<const char*>(field) - reinterpret_cast<const char*>(&control)) /
           static_cast<std::ptrdiff_t>(kCacheLineBytes);
  };
  EXPECT_EQ(line(&control.log_uid), 0);
  EXPECT_EQ(line(&control.self), 0);
  EXPECT_EQ(line(&control.unit_shift), 0);
  EXPECT_EQ(line(&control.tail), 1);
  EXPECT_EQ(line(&control.state), 2);
  EXPECT_EQ(line(&control.next), 3);
  EXPECT_EQ(line(&control.id), 3);
  EXPECT_EQ(sizeof(Control), 4 * kCacheLineBytes);
}

TEST(Segment, IsBornSealed) {
  const Control control;
  EXPECT_TRUE(TailWord(control.tail.load(std::memory_order_relaxed)).sealed());
}

}  // namespace
}  // namespace kinesis::internal
