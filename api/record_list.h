// RecordList: the records of one GetRecords call or subscription event, in place.
//
//   for (const kinesis::api::Record& record : response->records) Process(record.data);
//
// Nothing is copied: the list holds the engine's RecordBatch and shows its records in the service's
// shape. Lifetime, cost and the memory that it pins are those of RecordBatch (record_batch.h). One
// whose records come from elsewhere (a service behind a transport, a test) has copies of its own.
#ifndef KINESIS_CORE_API_RECORD_LIST_H_
#define KINESIS_CORE_API_RECORD_LIST_H_

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/export.h"
#include "kinesis_core/record.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/sequence_number.h"

namespace kinesis::api {

// One record as read. The views are valid as long as the RecordList they come from.
struct Record {
  SequenceNumber sequence_number;
  std::optional<absl::Time> approximate_arrival_timestamp;
  std::string_view data;
  std::optional<std::string_view> partition_key;  // nothing: it was put without
  std::optional<EncryptionType> encryption_type;
};

// Thread-compatible: const operations may run concurrently, others need outside synchronization.
// Movable, not copyable, as RecordBatch is.
class RecordList {
 public:
  class const_iterator;

  RecordList() noexcept;  // as RecordBatch()
  // `encryption_type` is what every record says of itself.
  RecordList(RecordBatch&& batch, std::optional<EncryptionType> encryption_type)
      : batch_(std::move(batch)), encryption_type_(encryption_type) {}

  // A list with copies of these records, in one piece of memory. O(bytes).
  KINESIS_CORE_EXPORT static RecordList CopyOf(std::span<const Record> records);

  size_t size() const { return copies_ ? copies_->records.size() : batch_.size(); }
  bool empty() const { return size() == 0; }
  // A temporary shows nothing, as that of a RecordBatch. Name the response of GetRecords before a
  // loop over its records: `for (... : client->GetRecords(request)->records)` visits what is gone.
  inline const_iterator begin() const&;
  inline const_iterator end() const&;
  // Requires: index < size().
  Record operator[](size_t index) const& {
    return copies_ ? copies_->records[index] : Show(batch_[index]);
  }
  void begin() const&& = delete;
  void end() const&& = delete;
  void operator[](size_t index) const&& = delete;

  // The records as the engine gives them, with more about the read: records_lost() and so on. Empty
  // if the list has copies.
  const RecordBatch& batch() const { return batch_; }

 private:
  // Records whose views are into `bytes`.
  struct Copies {
    std::vector<Record> records;
    std::unique_ptr<char[]> bytes;
  };

  Record Show(const RecordView& view) const {
    std::optional<std::string_view> key;
    if (!view.partition_key.empty()) key = view.partition_key;
    return {view.sequence_number, view.arrival_time, view.data, key, encryption_type_};
  }

  RecordBatch batch_;
  std::optional<EncryptionType> encryption_type_;
  std::unique_ptr<const Copies> copies_;  // null: the records are those of batch_
};

inline RecordList::RecordList() noexcept = default;

// Visits the records in order. Valid as long as the list is neither moved nor destroyed.
class RecordList::const_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using iterator_concept = std::forward_iterator_tag;
  using value_type = Record;
  using difference_type = ptrdiff_t;
  using reference = Record;
  using pointer = void;

  const_iterator() = default;

  Record operator*() const { return copy_ != nullptr ? *copy_ : list_->Show(*at_); }
  const_iterator& operator++() {
    copy_ != nullptr ? static_cast<void>(++copy_) : static_cast<void>(++at_);
    return *this;
  }
  const_iterator operator++(int) {
    const_iterator old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const const_iterator&, const const_iterator&) = default;

 private:
  friend class RecordList;
  const_iterator(const RecordList* list, RecordBatch::const_iterator at) : list_(list), at_(at) {}
  const_iterator(const RecordList* list, const Record* copy) : list_(list), copy_(copy) {}

  const RecordList* list_ = nullptr;
  RecordBatch::const_iterator at_;
  const Record* copy_ = nullptr;  // null: at_ is the place
};

inline RecordList::const_iterator RecordList::begin() const& {
  if (copies_) return const_iterator(this, copies_->records.data());
  return const_iterator(this, batch_.begin());
}

inline RecordList::const_iterator RecordList::end() const& {
  if (copies_) return const_iterator(this, copies_->records.data() + copies_->records.size());
  return const_iterator(this, batch_.end());
}

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_RECORD_LIST_H_
