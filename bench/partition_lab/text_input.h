// TextInput: the lines of a file or of standard input, as often as one wants them.
//
// A file is read in blocks and rewound. What cannot be rewound (a pipe) is first copied to a
// temporary file without a name, so that memory stays bounded whatever its size.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_INPUT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class TextInput {
 public:
  // A longer line is an error. Kinesis's records have at most 10 MiB.
  static constexpr size_t kMaxLineBytes = size_t{16} << 20;

  // Opens `path`, "-" being standard input. kNotFound or kInvalidArgument: it cannot be read.
  static absl::StatusOr<std::unique_ptr<TextInput>> Open(const std::string& path);

  ~TextInput();
  TextInput(const TextInput&) = delete;
  TextInput& operator=(const TextInput&) = delete;

  // Sets `*line` to the next line without its newline, valid until the next call, and returns true;
  // false at the end. A last line needs no newline; a byte order mark at the beginning is skipped.
  // kOutOfRange: the line is too long. kUnavailable: reading failed.
  absl::StatusOr<bool> ReadLine(std::string_view* line);

  // The number of the line that was read last, from 1.
  uint64_t line_number() const { return line_number_; }

  // The share of the input that has been read, 0 to 1.
  double progress() const;

  // Goes back to the first line.
  absl::Status Rewind();

 private:
  TextInput(int file, uint64_t size, std::string name);

  // Moves what is left to the front of the buffer and reads more behind it. False at the end.
  absl::StatusOr<bool> Refill();

  const int file_;
  const uint64_t size_;
  const std::string name_;
  std::string buffer_;
  size_t begin_ = 0;  // of what has not been returned, in buffer_
  size_t end_ = 0;
  uint64_t bytes_read_ = 0;
  uint64_t line_number_ = 0;
  bool at_end_ = false;
};

// A path as the user typed it: `bazel run` changes the directory, so a relative path is taken from
// where the user stands.
std::string PathFromUser(const std::string& path);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_INPUT_H_
