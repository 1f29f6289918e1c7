#include "kinesis_core/lab/decoder.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <vector>

#include "kinesis_core/internal/base/status.h"

namespace kinesis::lab {
namespace {

using std::string_view_literals::operator""sv;

class GzipDecoder final : public Decoder {
 public:
  // 16 above the largest window: gzip's header, and no other.
  GzipDecoder() : ready_(inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK) {}
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  absl::StatusOr<Step> Decode(std::string_view input, char* output, size_t size) override {
    if (!ready_) return internal::ResourceExhausted("no memory to decode it");
    Step step;
    for (;;) {
      if (between_members_) {
        if (step.read == input.size()) return step;
        // Zeros may fill up a block of a tape or of a disk.
        if (input[step.read] == '\0') {
          in_padding_ = true;
          ++step.read;
          continue;
        }
        if (in_padding_) return internal::InvalidArgument("there are bytes after its end");
        inflateReset(&stream_);
        between_members_ = false;
      }
      if (step.written == size) return step;
      constexpr size_t kMost = std::numeric_limits<uInt>::max();
      const auto bytes_in = static_cast<uInt>(std::min(input.size() - step.read, kMost));
      const auto bytes_out = static_cast<uInt>(std::min(size - step.written, kMost));
      // zlib reads through this pointer only.
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data() + step.read));
      stream_.avail_in = bytes_in;
      stream_.next_out = reinterpret_cast<Bytef*>(output + step.written);
      stream_.avail_out = bytes_out;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      step.read += bytes_in - stream_.avail_in;
      step.written += bytes_out - stream_.avail_out;
      if (result == Z_STREAM_END) {
        between_members_ = true;
      } else if (result == Z_MEM_ERROR) {
        return internal::ResourceExhausted("no memory to decode it");
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return internal::InvalidArgument(stream_.msg != nullptr ? stream_.msg : "not gzip");
      } else if (stream_.avail_in == bytes_in && stream_.avail_out == bytes_out) {
        return step;  // it wants more than there is
      }
    }
  }

  bool may_end() const override { return between_members_; }

  void Restart() override {
    inflateReset(&stream_);
    between_members_ = in_padding_ = false;
  }

 private:
  z_stream stream_ = {};
  const bool ready_;
  bool between_members_ = false;
  bool in_padding_ = false;
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : context_(ZSTD_createDCtx()) {}
  ~ZstdDecoder() override { ZSTD_freeDCtx(context_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  absl::StatusOr<Step> Decode(std::string_view input, char* output, size_t size) override {
    if (context_ == nullptr) return internal::ResourceExhausted("no memory to decode it");
    Step step;
    for (;;) {
      ZSTD_inBuffer in = {input.data(), input.size(), step.read};
      ZSTD_outBuffer out = {output, size, step.written};
      const size_t wanted = ZSTD_decompressStream(context_, &out, &in);
      if (ZSTD_isError(wanted) != 0) return internal::InvalidArgument(ZSTD_getErrorName(wanted));
      if (in.pos == step.read && out.pos == step.written) return step;
      may_end_ = wanted == 0;
      step = {in.pos, out.pos};
    }
  }

  bool may_end() const override { return may_end_; }

  void Restart() override {
    if (context_ != nullptr) ZSTD_DCtx_reset(context_, ZSTD_reset_session_only);
    may_end_ = false;
  }

 private:
  ZSTD_DCtx* const context_;
  bool may_end_ = false;
};

struct Mark {
  std::string_view bytes;  // '?' stands for any byte
  Encoding encoding;
};

const std::vector<Mark>& Marks() {
  using Kind = Encoding::Kind;
  static const auto* const marks = new std::vector<Mark>{
      {"\x1f\x8b"sv, {Kind::kDecodable, "gzip"}},
      {"\x28\xb5\x2f\xfd"sv, {Kind::kDecodable, "zstd"}},
      // A frame that zstd skips.
      {"?\x2a\x4d\x18"sv, {Kind::kDecodable, "zstd"}},
      {"\xfd\x37zXZ\0"sv, {Kind::kRefused, "compressed with xz", "xz -dc"}},
      {"BZh?1AY&SY"sv, {Kind::kRefused, "compressed with bzip2", "bzip2 -dc"}},
      {"PK\x03\x04"sv, {Kind::kRefused, "a zip archive", "funzip"}},
      {"\x04\x22\x4d\x18"sv, {Kind::kRefused, "compressed with lz4", "lz4 -dc"}},
      {"\x1f\x9d"sv, {Kind::kRefused, "compressed with compress", "gzip -dc"}},
      {"\xff\xfe"sv, {Kind::kRefused, "UTF-16", "iconv -f UTF-16 -t UTF-8"}},
      {"\xfe\xff"sv, {Kind::kRefused, "UTF-16", "iconv -f UTF-16 -t UTF-8"}},
      {"PAR1\x15"sv, {Kind::kRefused, "a Parquet file", ""}},
      {"Obj\x01"sv, {Kind::kRefused, "an Avro file", ""}},
  };
  return *marks;
}

bool BeginsWith(std::string_view text, std::string_view mark) {
  if (text.size() < mark.size()) return false;
  return std::equal(mark.begin(), mark.end(), text.begin(),
                    [](char wanted, char found) { return wanted == '?' || wanted == found; });
}

}  // namespace

Encoding FindEncoding(std::string_view beginning) {
  for (const Mark& mark : Marks()) {
    if (BeginsWith(beginning, mark.bytes)) return mark.encoding;
  }
  return {};
}

std::unique_ptr<Decoder> NewDecoder(const Encoding& encoding) {
  assert(encoding.kind == Encoding::Kind::kDecodable);
  if (encoding.name == "gzip") return std::make_unique<GzipDecoder>();
  return std::make_unique<ZstdDecoder>();
}

}  // namespace kinesis::lab
