// How one record lies in a segment: the entry word and the bytes it points at.
//
// A block of memory is an array of 8-byte entry words followed by record bytes. The entry array
// holds nothing but entries, for the whole life of the block, so no byte a user supplied is ever
// read as one:
//
//     block  +-----------+-----------+-- ... --+----------------------+----------------+-- ...
//            | entry 0   | entry 1   |         | record 0             | record 1       |
//            +-----------+-----------+-- ... --+----------------------+----------------+-- ...
//                                              ^ 8-byte aligned       ^ offset in units
//
//     record +------------------+-------------------+------------------+--------- - -
//            | arrival, 8 bytes | data, n bytes     | key, k bytes     | padding
//            +------------------+-------------------+------------------+--------- - -
//
//     entry   63        62     61..56  55        54..39     38..15      14..0
//            committed  void     0     follows   key bytes  data bytes  offset, in block units
//
// An entry of 0 is "not committed". "Follows" says that the record was claimed together with the
// one before it: who finds that one missing after a crash has a batch that was not finished. Data
// comes first in the record, which makes it 8-byte aligned: a reader may overlay a structure on it
// without copying.
#ifndef KINESIS_CORE_INTERNAL_LOG_RECORD_LAYOUT_H_
#define KINESIS_CORE_INTERNAL_LOG_RECORD_LAYOUT_H_

#include <cstddef>
#include <cstdint>

#include "kinesis_core/internal/base/check.h"

namespace kinesis::internal {

inline constexpr int kEntryOffsetBits = 15;
inline constexpr int kEntryDataBits = 24;
inline constexpr int kEntryKeyBits = 16;
inline constexpr int kEntryDataShift = kEntryOffsetBits;
inline constexpr int kEntryKeyShift = kEntryDataShift + kEntryDataBits;
inline constexpr uint64_t kEntryFollows = uint64_t{1} << 55;
inline constexpr uint64_t kEntryVoid = uint64_t{1} << 62;
inline constexpr uint64_t kEntryCommitted = uint64_t{1} << 63;
static_assert(kEntryKeyShift + kEntryKeyBits <= 55, "the fields do not reach the flags");
// The format of the files: kinesis_core/doc/file_format.md.
static_assert(kEntryOffsetBits == 15 && kEntryDataShift == 15 && kEntryKeyShift == 39);

// Bytes before the data of each record: its arrival time in milliseconds since the Unix epoch.
inline constexpr size_t kRecordHeaderBytes = sizeof(int64_t);

// The decoded form of an entry word. A void entry has no bytes and is not a record.
struct RecordEntry {
  uint32_t offset_units;
  uint32_t data_bytes;
  uint32_t key_bytes;

  static constexpr RecordEntry Decode(uint64_t word) {
    constexpr auto field = [](uint64_t from, int bits) {
      return static_cast<uint32_t>(from & ((uint64_t{1} << bits) - 1));
    };
    return {field(word, kEntryOffsetBits), field(word >> kEntryDataShift, kEntryDataBits),
            field(word >> kEntryKeyShift, kEntryKeyBits)};
  }

  constexpr uint64_t Encode() const {
    KC_DCHECK_EQ(offset_units >> kEntryOffsetBits, 0U);
    KC_DCHECK_EQ(data_bytes >> kEntryDataBits, 0U);
    KC_DCHECK_EQ(key_bytes >> kEntryKeyBits, 0U);
    return kEntryCommitted | uint64_t{key_bytes} << kEntryKeyShift |
           uint64_t{data_bytes} << kEntryDataShift | offset_units;
  }

  // Committed, and not void.
  static constexpr bool IsRecord(uint64_t word) {
    return (word & (kEntryCommitted | kEntryVoid)) == kEntryCommitted;
  }

  constexpr uint64_t payload_bytes() const { return uint64_t{data_bytes} + key_bytes; }
};

template <class Atomics>
struct Segment;

// A record that has been claimed and is neither committed nor void yet, in the hands of the
// producer that writes its data in place: see RingLog::Reserve.
template <class Atomics>
struct ReservedRecord {
  Segment<Atomics>* segment = nullptr;  // null: there is none
  std::byte* data = nullptr;            // its bytes, with those of the key behind them
  uint64_t entry = 0;                   // the word that commits all of it
  uint32_t slot = 0;                    // where that word goes
  bool wakes = false;  // readers that sleep are to be woken when it is there, or void

  uint32_t data_bytes() const { return RecordEntry::Decode(entry).data_bytes; }
};

// The entries of a segment from one on, of which those that are looked at are committed, and whose
// commits this thread has acquired. For who holds a pin and cannot name the type of the words,
// which are atomic. An entry word is written once and then stays until the pin ends.
class CommittedEntries {
 public:
  CommittedEntries() = default;
  // `Entry` is std::atomic<uint64_t>.
  template <class Entry>
  explicit CommittedEntries(const Entry* first) : first_(reinterpret_cast<const uint64_t*>(first)) {
    static_assert(sizeof(Entry) == sizeof(uint64_t) && Entry::is_always_lock_free,
                  "nothing but the number, which the processor reads at once");
  }

  RecordEntry operator[](size_t index) const { return RecordEntry::Decode(Word(index)); }
  // Relaxed: see above. By the compiler's operation, since <atomic> is not for public headers.
  uint64_t Word(size_t index) const { return __atomic_load_n(first_ + index, __ATOMIC_RELAXED); }

 private:
  const uint64_t* first_ = nullptr;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_RECORD_LAYOUT_H_
