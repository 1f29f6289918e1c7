// Decoder: turns compressed bytes back into what they were, gzip (RFC 1952) or Zstandard
// (RFC 8878). This file's .cc alone includes zlib and libzstd.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_DECODER_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_DECODER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class Decoder {
 public:
  // The bytes that a call of Decode took from the input and wrote to the output.
  struct Step {
    size_t read = 0;
    size_t written = 0;
  };

  virtual ~Decoder() = default;

  // Decodes from `input` into `[output, output + size)` until the one is used up or the other is
  // full. kInvalidArgument: the bytes are damaged, and the message says how.
  virtual absl::StatusOr<Step> Decode(std::string_view input, char* output, size_t size) = 0;

  // True if the input may end here: nothing has begun that has not ended.
  virtual bool may_end() const = 0;

  // Begins again with the first byte of an input.
  virtual void Restart() = 0;
};

// The way in which a file is stored, by its first bytes.
struct Encoding {
  enum class Kind { kPlain, kDecodable, kRefused };
  Kind kind = Kind::kPlain;
  std::string name = {};     // "gzip", "compressed with xz", "UTF-16"; empty if it is plain
  std::string command = {};  // if it is refused: a program that makes text of standard input
};

// FindEncoding looks at so many bytes at most.
inline constexpr size_t kEncodingBytes = 10;

// Finds out how a file is stored by the marks that formats begin with; the ending of its name says
// nothing.
Encoding FindEncoding(std::string_view beginning);

// Makes a decoder for an encoding that is kDecodable. Several members or frames behind each other
// are read as one, as gzip and zstd do.
std::unique_ptr<Decoder> NewDecoder(const Encoding& encoding);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_DECODER_H_
