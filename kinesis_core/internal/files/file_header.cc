#include "kinesis_core/internal/files/file_header.h"

#include <unistd.h>

#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/base/xxh3.h"
#include "kinesis_core/internal/files/byte_codec.h"

namespace kinesis::internal {
namespace {

constexpr size_t kReservedBytes = 24;
constexpr size_t kChecksumBytes = 8;
constexpr size_t kNumberBytes = 4;  // of version, byte order, page size and header size each
static_assert(kFileMagicBytes + 4 * kNumberBytes + kReservedBytes + kChecksumBytes ==
                  kFileHeaderBytes,
              "the format of the files");

// In the order of the machine, which the logs of shards are in: 04 03 02 01 on a little-endian one.
constexpr uint32_t kByteOrderMark = 0x01020304;

std::string NativeMark() {
  char bytes[sizeof(kByteOrderMark)];
  std::memcpy(bytes, &kByteOrderMark, sizeof(bytes));
  return std::string(bytes, sizeof(bytes));
}

std::string OrderName(std::string_view mark) {
  if (mark == "\x04\x03\x02\x01") return "little-endian";
  if (mark == "\x01\x02\x03\x04") return "big-endian";
  return Quoted(mark);
}

absl::Status Foreign(const std::string& path, std::string_view what, const std::string& found,
                     const std::string& needed) {
  return FailedPrecondition(absl::StrCat("the file ", QuotedPath(path), " has ", ToAbsl(what), " ",
                                         found, ", and what this program reads has ", needed));
}

}  // namespace

std::string EncodeFileHeader(const FileHeader& header) {
  KC_DCHECK_EQ(header.magic.size(), kFileMagicBytes);
  std::string bytes(header.magic);
  ByteWriter out(bytes);
  out.Uint32(header.version);
  bytes += NativeMark();
  out.Uint32(header.page_bytes != 0 ? header.page_bytes
                                    : static_cast<uint32_t>(sysconf(_SC_PAGESIZE)));
  out.Uint32(kFileHeaderBytes);
  bytes.append(kReservedBytes, '\0');
  out.Uint64(Xxh3Of64Bits(bytes, 0));
  KC_DCHECK_EQ(bytes.size(), kFileHeaderBytes);
  return bytes;
}

absl::Status DecodeFileHeader(const std::string& path, std::string_view file, FileHeader& header) {
  const std::string_view bytes = file.substr(0, kFileHeaderBytes);
  ByteReader in(bytes);
  const std::string_view magic = in.Bytes(kFileMagicBytes);
  const uint32_t version = in.Uint32();
  const std::string_view mark = in.Bytes(sizeof(kByteOrderMark));
  const uint32_t page_bytes = in.Uint32();
  in.Uint32();  // the size of the header, the same in this version
  in.Bytes(kReservedBytes);
  const uint64_t checksum = in.Uint64();
  if (!in.ok()) {
    return absl::DataLossError(absl::StrCat("the file ", QuotedPath(path), " ends in its header: ",
                                            file.size(), " bytes of ", kFileHeaderBytes));
  }
  if (magic != header.magic) {
    return Foreign(path, "the magic number", Quoted(magic), Quoted(header.magic));
  }
  if (version != header.version) {
    return Foreign(path, "the format version", absl::StrCat(version), absl::StrCat(header.version));
  }
  if (checksum != Xxh3Of64Bits(bytes.substr(0, kFileHeaderBytes - kChecksumBytes), 0)) {
    return absl::DataLossError(
        absl::StrCat("the file ", QuotedPath(path), " has a damaged header: its checksum differs"));
  }
  if (mark != NativeMark()) {
    return Foreign(path, "the byte order", OrderName(mark), OrderName(NativeMark()));
  }
  header.page_bytes = page_bytes;
  return absl::OkStatus();
}

}  // namespace kinesis::internal
