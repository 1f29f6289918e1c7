// FaultyFileSystem: a disk of which any call can fail, or take its time.
//
//   kinesis::testing::FaultyFileSystem files(kinesis::FileSystem::Posix());
//   CodeUnderTest(files);  // nothing is wrong yet
//   const uint64_t calls = files.calls();
//   for (uint64_t call = 0; call < calls; ++call) {
//     files.Fail({.skip = call, .status = absl::DataLossError("the disk cannot write")});
//     EXPECT_TRUE(Fine(CodeUnderTest(files))) << call;
//   }
//
// A call that fails does nothing to the file system below, but for a Write, which may stop halfway
// as on a disk that gets full, and for one that is to fail after it was done. What is stored
// through a mapping is no call, and goes on.
#ifndef KINESIS_CORE_TESTING_FAULTY_FILE_SYSTEM_H_
#define KINESIS_CORE_TESTING_FAULTY_FILE_SYSTEM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/export.h"
#include "kinesis_core/file_system.h"

namespace kinesis::testing {

// The calls of FileSystem, and of File. The end of a file or a lock is no call: it cannot fail.
enum class FileCall {
  kOpen,
  kLock,
  kCreateDirectory,
  kList,
  kRename,
  kRemove,
  kSyncDirectory,
  kSize,
  kRead,
  kWrite,
  kAllocate,
  kRelease,
  kTruncate,
  kMap,
  kSync,
};
inline constexpr size_t kFileCalls = 15;

// "Open", "SyncDirectory".
KINESIS_CORE_EXPORT std::string_view FileCallName(FileCall call);
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, FileCall call);

// A failure to come. A value.
struct KINESIS_CORE_EXPORT FileFault {
  static constexpr uint64_t kAlways = std::numeric_limits<uint64_t>::max();

  // --- Which calls: all, if left out
  std::optional<FileCall> call = std::nullopt;

  // --- When: `skip` of these go well from now on, the next `times` fail, and then none
  uint64_t skip = 0;
  uint64_t times = 1;

  // --- What
  absl::Status status = absl::ResourceExhaustedError("the disk is full");
  // Of a Write: so many of its bytes are in the file all the same.
  uint64_t bytes_written = 0;
  // The call is made and succeeds, and its caller is told that it did not: of the calls that answer
  // with nothing but a status.
  bool is_done = false;
};

// Thread-safe: all operations may run concurrently.
//
// Lifetime: the file system below outlives this one, which outlives the files and locks that it
// gives.
class KINESIS_CORE_EXPORT FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(FileSystem& below);

  // Replaces the fault there was.
  void Fail(FileFault fault);
  // Nothing fails any more.
  void FailNothing();
  // Each call of a kind takes so long more from now on, in real time. Zero: as before.
  void SetDelay(FileCall call, absl::Duration delay);

  // The calls that were made so far, those that failed included: all, and of one kind.
  uint64_t calls() const;
  uint64_t calls(FileCall call) const;
  // The calls that failed because of a fault.
  uint64_t failures() const;

  // --- FileSystem

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  absl::Status CreateDirectory(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status SyncDirectory(const std::string& path) override;
  // No call that can fail.
  std::string BootId() override;

 private:
  class FaultyFile;

  // Counts a call, waits for what it takes, and returns the fault that it meets.
  std::optional<FileFault> Strike(FileCall call);

  FileSystem& below_;

  mutable std::mutex mutex_;  // guards all that follows
  std::array<uint64_t, kFileCalls> calls_ = {};
  std::array<absl::Duration, kFileCalls> delays_ = {};
  uint64_t failures_ = 0;
  std::optional<FileFault> fault_;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_FAULTY_FILE_SYSTEM_H_
