// ByteInput: the bytes of a file or of standard input, decompressed, as often as one wants them.
//
// An input that cannot be rewound (a pipe) is first copied to a temporary file without a name, as
// it is, so that memory stays bounded whatever its size.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_BYTE_INPUT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_BYTE_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/lab/decoder.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class ByteInput {
 public:
  // Opens `path`, "-" being standard input. gzip and zstd are known by their first bytes and
  // decompressed. kNotFound or kInvalidArgument: it cannot be read, or is of a kind that is no
  // text; the message says what makes text of it.
  static absl::StatusOr<std::unique_ptr<ByteInput>> Open(const std::string& path);

  ~ByteInput();
  ByteInput(const ByteInput&) = delete;
  ByteInput& operator=(const ByteInput&) = delete;

  // Reads up to `size` bytes, at least 1, to `data` and returns their number; 0 at the end.
  // kUnavailable: reading failed. kInvalidArgument: the compressed data is damaged, or ends in the
  // middle.
  absl::StatusOr<size_t> Read(char* data, size_t size);

  // Goes back to the first byte.
  absl::Status Rewind();

  // The input as messages name it: the path, or "standard input".
  const std::string& name() const { return name_; }
  // "gzip" or "zstd"; empty if it is not compressed.
  const std::string& compression() const { return encoding_.name; }

  // The share of the stored bytes that has been read, 0 to 1.
  double progress() const;

 private:
  ByteInput(int file, uint64_t size, std::string name, Encoding encoding);

  absl::StatusOr<size_t> ReadStored(char* data, size_t size);
  absl::StatusOr<size_t> ReadDecoded(char* data, size_t size);

  const int file_;
  const uint64_t size_;  // as stored
  const std::string name_;
  const Encoding encoding_;
  const std::unique_ptr<Decoder> decoder_;  // none: it is plain
  std::string stored_;                      // what has been read and not decoded is
  size_t begin_ = 0;                        // from here
  size_t end_ = 0;                          // to here
  uint64_t bytes_read_ = 0;                 // as stored
};

// Turns a path as the user typed it into one that this process can open: `bazel run` changes the
// directory, so a relative path is taken from where the user stands.
std::string PathFromUser(const std::string& path);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_BYTE_INPUT_H_
