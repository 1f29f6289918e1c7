#include "bench/folder.h"

#include <sys/vfs.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/flags/flag.h"
#include "bench/fatal.h"

ABSL_FLAG(std::string, bench_directory, "",
          "where the files go, in a folder that is removed at the end; empty: the system's folder "
          "for temporary files");

namespace kinesis::bench {

Folder::Folder() {
  std::string parent = absl::GetFlag(FLAGS_bench_directory);
  if (parent.empty()) parent = std::filesystem::temp_directory_path();
  path_ = parent + "/kinesis_bench_XXXXXX";
  Require(mkdtemp(path_.data()) != nullptr, "no folder in --bench_directory");
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::FileSystemName() const {
  struct statfs found = {};
  if (statfs(path_.c_str(), &found) != 0) return "unknown";
  switch (static_cast<uint64_t>(found.f_type)) {
    case 0xef53:
      return "ext4";
    case 0x58465342:
      return "xfs";
    case 0x9123683e:
      return "btrfs";
    case 0x01021994:
      return "tmpfs, which is memory";
    case 0x794c7630:
      return "overlayfs";
    default: {
      char number[32];
      std::snprintf(number, sizeof number, "of type %#lx",
                    static_cast<unsigned long>(found.f_type));
      return number;
    }
  }
}

}  // namespace kinesis::bench
