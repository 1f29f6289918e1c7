// The 64 bytes in front of each file of a directory: what it is, and who can read it. The bytes
// themselves: kinesis_core/doc/file_format.md.
#ifndef KINESIS_CORE_INTERNAL_FILES_FILE_HEADER_H_
#define KINESIS_CORE_INTERNAL_FILES_FILE_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace kinesis::internal {

inline constexpr size_t kFileHeaderBytes = 64;
inline constexpr size_t kFileMagicBytes = 16;

// What a header says.
struct FileHeader {
  std::string_view magic;  // of kFileMagicBytes bytes
  uint32_t version = 1;
  uint32_t page_bytes = 0;  // of the machine that made the file; 0: of this one
};

std::string EncodeFileHeader(const FileHeader& header);

// Reads the header in front of `file`, the contents of the file `path`, into `header`, of which
// magic and version say what has to be there. kFailedPrecondition: the file is of another kind,
// version or byte order, and the message says which and which is needed. kDataLoss: it is damaged.
absl::Status DecodeFileHeader(const std::string& path, std::string_view file, FileHeader& header);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_FILE_HEADER_H_
