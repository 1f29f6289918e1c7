// ReadResult: what a read returns, a RecordBatch or the error that there is instead.
//
//   for (const kinesis::RecordView& record : it.Read().value()) Process(record);
//
// It is an absl::StatusOr<RecordBatch> with one difference: out of a temporary the batch comes by
// value, not as a reference into it. A loop over `it.Read().value()` or `*it.Read()` therefore owns
// the batch until it ends, where with absl::StatusOr it would visit a batch that is gone already.
// Whoever passes results on should return this type too: C++20 has no means to refuse that loop
// over the temporary absl::StatusOr of another function.
#ifndef KINESIS_CORE_READ_RESULT_H_
#define KINESIS_CORE_READ_RESULT_H_

#include <utility>

#include "absl/status/statusor.h"
#include "kinesis_core/record_batch.h"

namespace kinesis {

// Thread-compatible. Movable, as RecordBatch is. value() of an error throws, or ends the program,
// as that of absl::StatusOr does; operator* ends the program.
class [[nodiscard]] ReadResult : public absl::StatusOr<RecordBatch> {
  using Base = absl::StatusOr<RecordBatch>;

 public:
  using Base::Base;
  // NOLINTNEXTLINE(google-explicit-constructor): the same result by its other name
  ReadResult(Base&& result) : Base(std::move(result)) {}

  RecordBatch& value() & { return Base::value(); }
  const RecordBatch& value() const& { return Base::value(); }
  RecordBatch value() && { return std::move(*this).Base::value(); }
  void value() const&& = delete;

  RecordBatch& operator*() & { return Base::operator*(); }
  const RecordBatch& operator*() const& { return Base::operator*(); }
  RecordBatch operator*() && { return std::move(*this).Base::operator*(); }
  void operator*() const&& = delete;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_READ_RESULT_H_
