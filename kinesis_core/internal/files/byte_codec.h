// ByteWriter and ByteReader: numbers and strings as bytes, the same on every machine.
//
//   std::string bytes;
//   ByteWriter out(bytes);
//   out.Uint32(version);
//   out.String(name);
//
//   ByteReader in(bytes);
//   const uint32_t version = in.Uint32();
//   const std::string_view name = in.String();
//   if (!in.AtEnd()) return ...;  // too short somewhere, or longer than that
//
// Numbers are little-endian, without padding; a string is its length as a uint32 and its bytes. The
// reader is for bytes that may be anything: what is not there reads as zero or as the empty string,
// and so does everything behind it, so that one question at the end is enough.
//
// Thread rule: one thread at a time for each object.
#ifndef KINESIS_CORE_INTERNAL_FILES_BYTE_CODEC_H_
#define KINESIS_CORE_INTERNAL_FILES_BYTE_CODEC_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace kinesis::internal {

// Appends to a string, which must outlive it.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& bytes) : bytes_(bytes) {}

  void Uint8(uint8_t number) { Append(number); }
  void Uint32(uint32_t number) { Append(number); }
  void Uint64(uint64_t number) { Append(number); }
  void Int64(int64_t number) { Append(std::bit_cast<uint64_t>(number)); }
  // Requires: `text` has less than 2^32 bytes.
  void String(std::string_view text) {
    Uint32(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }

 private:
  template <class Number>
  void Append(Number number) {
    static_assert(std::is_unsigned_v<Number>);
    char bytes[sizeof(Number)];
    uint64_t rest = number;
    for (char& byte : bytes) {
      byte = static_cast<char>(static_cast<uint8_t>(rest));
      rest >>= 8;
    }
    bytes_.append(bytes, sizeof(bytes));
  }

  std::string& bytes_;
};

// Reads from bytes that must outlive it and the strings that it returns, which point into them.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  uint8_t Uint8() { return Take<uint8_t>(); }
  uint32_t Uint32() { return Take<uint32_t>(); }
  uint64_t Uint64() { return Take<uint64_t>(); }
  int64_t Int64() { return std::bit_cast<int64_t>(Take<uint64_t>()); }
  std::string_view String() { return Bytes(Uint32()); }
  // So many bytes without a length in front; none, and the reader has failed, if there are fewer.
  std::string_view Bytes(size_t count) {
    if (count > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  // Makes everything from here on read as missing: for a value that cannot be right.
  void Fail() {
    ok_ = false;
    rest_ = {};
  }

  // Returns whether all that was read was there.
  bool ok() const { return ok_; }
  // Returns whether it was, and nothing is left.
  bool AtEnd() const { return ok_ && rest_.empty(); }
  // The bytes that are left; 0 after a failure.
  size_t remaining() const { return rest_.size(); }

 private:
  template <class Number>
  Number Take() {
    uint64_t number = 0;
    const std::string_view bytes = Bytes(sizeof(Number));
    for (size_t i = 0; i < bytes.size(); ++i) {
      number |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
    }
    return static_cast<Number>(number);
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_BYTE_CODEC_H_
