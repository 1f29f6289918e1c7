// A folder for the files of one test, removed with all that is in it at the end.
#ifndef KINESIS_CORE_TESTING_INTERNAL_TEMPORARY_DIRECTORY_H_
#define KINESIS_CORE_TESTING_INTERNAL_TEMPORARY_DIRECTORY_H_

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "gtest/gtest.h"

namespace kinesis::testing {

// Thread-compatible.
class TemporaryDirectory {
 public:
  enum class Where {
    kDisk,
    kMemory,  // where the system has that, for a test that syncs thousands of times
  };

  explicit TemporaryDirectory(Where where = Where::kDisk) {
    const bool in_memory = where == Where::kMemory && access("/dev/shm", W_OK) == 0;
    std::string pattern = (in_memory ? "/dev/shm" : ::testing::TempDir()) + "/kinesis_XXXXXX";
    const char* const made = mkdtemp(pattern.data());
    EXPECT_NE(made, nullptr) << "cannot make " << pattern;
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  // The path of what has that name in it.
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_TEMPORARY_DIRECTORY_H_
