// TextInput: the lines of a file or of standard input, decompressed, as often as one wants them.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_INPUT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/lab/byte_input.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class TextInput {
 public:
  // A longer line is an error. Kinesis's records have at most 10 MiB, which JSON may write with six
  // bytes for each.
  static constexpr size_t kMaxLineBytes = size_t{64} << 20;

  // Opens `path`: see ByteInput::Open.
  static absl::StatusOr<std::unique_ptr<TextInput>> Open(const std::string& path);

  // Sets `*line` to the next line without its end (a newline, or a carriage return and a newline),
  // valid until the next call, and returns true; false at the end. A last line needs no newline; a
  // byte order mark at the beginning is skipped.
  // kOutOfRange: the line is too long. Otherwise an error of ByteInput::Read.
  absl::StatusOr<bool> ReadLine(std::string_view* line);

  // True if the line that was read last had a carriage return before its newline.
  bool line_ends_with_return() const { return line_ends_with_return_; }

  // The number of the line that was read last, from 1.
  uint64_t line_number() const { return line_number_; }

  // The share of the input that has been read, 0 to 1.
  double progress() const { return bytes_->progress(); }

  // "gzip" or "zstd"; empty if the input is not compressed.
  const std::string& compression() const { return bytes_->compression(); }

  // Goes back to the first line.
  absl::Status Rewind();

 private:
  explicit TextInput(std::unique_ptr<ByteInput> bytes);

  // Moves what is left to the front of the buffer and reads more behind it. False at the end.
  absl::StatusOr<bool> Refill();

  const std::unique_ptr<ByteInput> bytes_;
  std::string buffer_;
  size_t begin_ = 0;  // of what has not been returned, in buffer_
  size_t end_ = 0;
  uint64_t line_number_ = 0;
  bool line_ends_with_return_ = false;
  bool at_end_ = false;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_INPUT_H_
