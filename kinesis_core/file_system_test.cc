#include "kinesis_core/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/temporary_directory.h"
#include "kinesis_core/testing/watchdog.h"

// The linker sends calls of these names through here (linkopts in BUILD.bazel), so that a test can
// have the system refuse one, interrupt it, or do a part of it.
extern "C" {
int WrappedOpen(const char*, int, ...) __asm__("__wrap_open");
int RealOpen(const char*, int, ...) __asm__("__real_open");
DIR* WrappedOpenFolder(const char*) __asm__("__wrap_opendir");
DIR* RealOpenFolder(const char*) __asm__("__real_opendir");
int WrappedLock(int, int) __asm__("__wrap_flock");
int RealLock(int, int) __asm__("__real_flock");
ssize_t WrappedRead(int, void*, size_t, off_t) __asm__("__wrap_pread");
ssize_t RealRead(int, void*, size_t, off_t) __asm__("__real_pread");
ssize_t WrappedWrite(int, const void*, size_t, off_t) __asm__("__wrap_pwrite");
ssize_t RealWrite(int, const void*, size_t, off_t) __asm__("__real_pwrite");
int WrappedAllocate(int, int, off_t, off_t) __asm__("__wrap_fallocate");
int RealAllocate(int, int, off_t, off_t) __asm__("__real_fallocate");
int WrappedTruncate(int, off_t) __asm__("__wrap_ftruncate");
int RealTruncate(int, off_t) __asm__("__real_ftruncate");
int WrappedSync(int) __asm__("__wrap_fdatasync");
int RealSync(int) __asm__("__real_fdatasync");
int WrappedSyncAll(int) __asm__("__wrap_fsync");
int RealSyncAll(int) __asm__("__real_fsync");
}

namespace kinesis {
namespace {

// What the wrapped calls do instead of what they are for; they have no other way to know.
struct System {
  std::string_view call;    // the one that fails
  int error = 0;            // what it fails with
  int failures = 0;         // how many of them still do
  size_t bytes_max = ~0UL;  // of one read or write
  int writes = 0;
};
System& TheSystem() {
  static System system;
  return system;
}

bool IsRefused(std::string_view call) {
  System& system = TheSystem();
  if (call == "pwrite") ++system.writes;
  if (system.call != call || system.failures == 0) return false;
  --system.failures;
  errno = system.error;
  return true;
}

}  // namespace
}  // namespace kinesis

int WrappedOpen(const char* path, int flags, ...) {
  if (kinesis::IsRefused("open")) return -1;
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);  // the library always gives one
  va_end(rest);
  return RealOpen(path, flags, mode);
}
DIR* WrappedOpenFolder(const char* path) {
  return kinesis::IsRefused("opendir") ? nullptr : RealOpenFolder(path);
}
int WrappedLock(int file, int how) {
  return kinesis::IsRefused("flock") ? -1 : RealLock(file, how);
}
ssize_t WrappedRead(int file, void* bytes, size_t size, off_t at) {
  if (kinesis::IsRefused("pread")) return -1;
  return RealRead(file, bytes, std::min(size, kinesis::TheSystem().bytes_max), at);
}
ssize_t WrappedWrite(int file, const void* bytes, size_t size, off_t at) {
  if (kinesis::IsRefused("pwrite")) return -1;
  return RealWrite(file, bytes, std::min(size, kinesis::TheSystem().bytes_max), at);
}
int WrappedAllocate(int file, int mode, off_t at, off_t size) {
  return kinesis::IsRefused("fallocate") ? -1 : RealAllocate(file, mode, at, size);
}
int WrappedTruncate(int file, off_t size) {
  return kinesis::IsRefused("ftruncate") ? -1 : RealTruncate(file, size);
}
int WrappedSync(int file) { return kinesis::IsRefused("fdatasync") ? -1 : RealSync(file); }
int WrappedSyncAll(int file) { return kinesis::IsRefused("fsync") ? -1 : RealSyncAll(file); }

namespace kinesis {
namespace {

using absl::StatusCode;
using std::string_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Mode = FileSystem::Mode;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

class FileSystemTest : public ::testing::Test {
 protected:
  FileSystemTest() { TheSystem() = System(); }
  ~FileSystemTest() override { TheSystem() = System(); }

  std::unique_ptr<File> Make(std::string_view contents = "") {
    std::unique_ptr<File> file = files_.Open(path_, Mode::kCreate).value();
    EXPECT_EQ(file->Write(0, contents), absl::OkStatus());
    return file;
  }
  static std::string All(File& file) {
    return file.Read(0, std::numeric_limits<uint64_t>::max()).value();
  }
  // The bytes of the disk that the file takes.
  uint64_t BytesOnDisk() const {
    struct stat found = {};
    EXPECT_EQ(stat(path_.c_str(), &found), 0);
    return static_cast<uint64_t>(found.st_blocks) * 512;
  }
  // The next `times` calls of that name fail with `error`.
  static void Refuse(std::string_view call, int error, int times = 1) {
    TheSystem().call = call;
    TheSystem().error = error;
    TheSystem().failures = times;
  }

  const testing::TemporaryDirectory directory_;
  const std::string path_ = directory_ / "file";
  FileSystem& files_ = FileSystem::Posix();
};

// --- Files ---------------------------------------------------------------------------------------

TEST_F(FileSystemTest, WhatIsWrittenIsReadAgainByAnotherWhoOpensTheFile) {
  ASSERT_EQ(Make("alice had tea")->Write(10, "milk"), absl::OkStatus());
  const auto file = files_.Open(path_, Mode::kReadOnly).value();
  EXPECT_EQ(file->Size().value(), 14U);
  EXPECT_EQ(file->Read(6, 3).value(), "had");
  EXPECT_EQ(All(*file), "alice had milk");
}

TEST_F(FileSystemTest, ReadReturnsWhatThereIs) {
  const auto file = Make("tea");
  EXPECT_EQ(file->Read(1, 100).value(), "ea");
  EXPECT_EQ(file->Read(3, 1).value(), "");
  EXPECT_EQ(file->Read(std::numeric_limits<uint64_t>::max(), 1).value(), "");
  EXPECT_EQ(file->Read(0, std::numeric_limits<uint64_t>::max()).value(), "tea");
  EXPECT_EQ(file->Read(0, 0).value(), "");
}

TEST_F(FileSystemTest, AWriteBehindTheEndLeavesZerosBetween) {
  const auto file = Make("a");
  ASSERT_EQ(file->Write(3, "b"), absl::OkStatus());
  EXPECT_EQ(All(*file), "a\0\0b"s);
}

TEST_F(FileSystemTest, KCreateMakesAFileAndLeavesTheOneThatIsThere) {
  EXPECT_EQ(files_.Open(path_, Mode::kReadWrite).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(All(*Make("tea")), "tea");
  EXPECT_EQ(All(*files_.Open(path_, Mode::kCreate).value()), "tea");
  EXPECT_EQ(All(*files_.Open(path_, Mode::kReadWrite).value()), "tea");
}

TEST_F(FileSystemTest, TruncateCutsOffAndLengthens) {
  const auto file = Make("alice");
  ASSERT_EQ(file->Truncate(2), absl::OkStatus());
  EXPECT_EQ(All(*file), "al");
  ASSERT_EQ(file->Truncate(4), absl::OkStatus());
  EXPECT_EQ(All(*file), "al\0\0"s);
}

TEST_F(FileSystemTest, AllocateTakesSpaceAndLeavesWhatIsThere) {
  const auto file = Make("tea");
  ASSERT_EQ(file->Allocate(0, 1 << 20), absl::OkStatus());
  EXPECT_EQ(All(*file), "tea" + std::string((1 << 20) - 3, '\0'));
  EXPECT_GE(BytesOnDisk(), uint64_t{1} << 20);
  ASSERT_EQ(file->Allocate(0, 1 << 10), absl::OkStatus());
  EXPECT_EQ(file->Size().value(), uint64_t{1} << 20);
  ASSERT_EQ(file->Allocate(2 << 20, 0), absl::OkStatus());
  EXPECT_EQ(file->Size().value(), uint64_t{1} << 20);
}

TEST_F(FileSystemTest, ReleaseGivesSpaceBackWhichReadsAsZero) {
  const auto file = Make(std::string(3 << 16, 'x'));
  const uint64_t before = BytesOnDisk();
  ASSERT_EQ(file->Release(1 << 16, 1 << 16), absl::OkStatus());
  const std::string third(1 << 16, 'x');
  EXPECT_EQ(All(*file), third + std::string(1 << 16, '\0') + third);
  EXPECT_LE(BytesOnDisk(), before - (1 << 16));
  EXPECT_EQ(file->Release(0, 0), absl::OkStatus());
  EXPECT_EQ(file->Release(uint64_t{1} << 63, 1), absl::OkStatus());
  EXPECT_EQ(file->Release(1 << 20, std::numeric_limits<uint64_t>::max()), absl::OkStatus());
  EXPECT_EQ(file->Size().value(), uint64_t{3} << 16);
}

TEST_F(FileSystemTest, TheMappingAndTheFileAreTheSameBytes) {
  const auto file = Make("alice");
  // More than the file has: it grows under the mapping.
  std::byte* const memory = file->Map(1 << 20, /*writable=*/true).value();
  EXPECT_EQ(std::memcmp(memory, "alice", 5), 0);
  std::memcpy(memory, "b", 1);
  ASSERT_EQ(file->Allocate(0, 1 << 16), absl::OkStatus());
  std::memcpy(memory + 60000, "tea", 3);
  EXPECT_EQ(file->Read(0, 5).value(), "blice");
  EXPECT_EQ(file->Read(60000, 3).value(), "tea");
  ASSERT_EQ(file->Write(2, "g"), absl::OkStatus());
  EXPECT_EQ(std::memcmp(memory, "blgce", 5), 0);
  EXPECT_EQ(file->Sync(), absl::OkStatus());
}

TEST_F(FileSystemTest, AFileThatCannotBeWrittenIsMappedForReading) {
  Make("tea");
  const auto file = files_.Open(path_, Mode::kReadOnly).value();
  EXPECT_EQ(file->Map(3, /*writable=*/true).status().code(), StatusCode::kPermissionDenied);
  std::byte* const memory = file->Map(3, /*writable=*/false).value();
  EXPECT_EQ(std::memcmp(memory, "tea", 3), 0);
}

TEST_F(FileSystemTest, AFileIsMappedOnce) {
  const auto file = Make("tea");
  EXPECT_EQ(file->Map(0, false).status().code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(file->Map(3, false).ok());
  const absl::Status again = file->Map(3, false).status();
  EXPECT_EQ(again.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(MessageOf(again), "mmap \"" + path_ + "\": the file is mapped already");
}

TEST_F(FileSystemTest, OffsetsThatNoFileHasAreRefused) {
  const auto file = Make("tea");
  const uint64_t offset = (uint64_t{1} << 63) - 2;
  for (const absl::Status& status :
       {file->Write(offset, "tea"), file->Write(~uint64_t{0}, "tea"), file->Allocate(offset, 3),
        file->Allocate(3, ~uint64_t{0}), file->Truncate(~uint64_t{0})}) {
    EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
    EXPECT_THAT(MessageOf(status), HasSubstr(path_ + "\": File too large"));
  }
  EXPECT_EQ(All(*file), "tea");
}

// --- What the system may do ----------------------------------------------------------------------

TEST_F(FileSystemTest, CallsThatSignalsInterruptAreMadeAgain) {
  const auto file = Make("tea");
  const auto interrupted = [&](std::string_view name, const auto& call) {
    Refuse(name, EINTR, 3);
    const auto result = call();
    EXPECT_EQ(TheSystem().failures, 0) << name;
    return result;
  };
  EXPECT_EQ(interrupted("pread", [&] { return file->Read(0, 3); }).value(), "tea");
  for (const absl::Status& status :
       {interrupted("pwrite", [&] { return file->Write(0, "milk"); }),
        interrupted("fallocate", [&] { return file->Allocate(0, 100); }),
        interrupted("fallocate", [&] { return file->Release(0, 100); }),
        interrupted("ftruncate", [&] { return file->Truncate(2); }),
        interrupted("fdatasync", [&] { return file->Sync(); }),
        interrupted("fsync", [&] { return files_.SyncDirectory(directory_.path()); }),
        interrupted("open", [&] { return files_.Open(path_, Mode::kReadOnly).status(); }),
        interrupted("flock", [&] { return files_.Lock(path_).status(); })}) {
    EXPECT_EQ(status, absl::OkStatus());
  }
}

TEST_F(FileSystemTest, WhatTheSystemDoesInPartsIsDoneWhole) {
  TheSystem().bytes_max = 3;
  const auto file = Make("alice had tea");
  EXPECT_EQ(TheSystem().writes, 5);
  EXPECT_EQ(All(*file), "alice had tea");
}

TEST_F(FileSystemTest, EachErrorOfTheSystemHasItsCode) {
  const auto file = Make("tea");
  struct Case {
    int error;
    StatusCode code;
  };
  for (const Case& one :
       {Case{ENOSPC, StatusCode::kResourceExhausted}, Case{EDQUOT, StatusCode::kResourceExhausted},
        Case{EMFILE, StatusCode::kResourceExhausted}, Case{ENFILE, StatusCode::kResourceExhausted},
        Case{ENOMEM, StatusCode::kResourceExhausted}, Case{EFBIG, StatusCode::kResourceExhausted},
        Case{EIO, StatusCode::kDataLoss}, Case{EACCES, StatusCode::kPermissionDenied},
        Case{EPERM, StatusCode::kPermissionDenied}, Case{EROFS, StatusCode::kPermissionDenied},
        Case{ENOENT, StatusCode::kNotFound}, Case{EBADF, StatusCode::kInternal}}) {
    const auto refused = [&](const char* call, const std::string& path, const auto& make) {
      Refuse(call, one.error);
      const absl::Status status = make();
      EXPECT_EQ(status.code(), one.code) << status;
      EXPECT_EQ(MessageOf(status),
                std::string(call) + " \"" + path + "\": " + std::strerror(one.error));
    };
    refused("open", path_, [&] { return files_.Open(path_, Mode::kReadOnly).status(); });
    refused("open", path_, [&] { return files_.Lock(path_).status(); });
    refused("flock", path_, [&] { return files_.Lock(path_).status(); });
    refused("opendir", directory_.path(), [&] { return files_.List(directory_.path()).status(); });
    refused("open", directory_.path(), [&] { return files_.SyncDirectory(directory_.path()); });
    refused("fsync", directory_.path(), [&] { return files_.SyncDirectory(directory_.path()); });
    refused("pread", path_, [&] { return file->Read(0, 1).status(); });
    refused("pwrite", path_, [&] { return file->Write(0, "t"); });
    refused("fallocate", path_, [&] { return file->Allocate(0, 1); });
    refused("fallocate", path_, [&] { return file->Release(0, 1); });
    refused("ftruncate", path_, [&] { return file->Truncate(0); });
    refused("fdatasync", path_, [&] { return file->Sync(); });
  }
  EXPECT_EQ(All(*file), "tea");
}

TEST_F(FileSystemTest, WhereSpaceCannotBeAllocatedZerosAreWrittenBehindTheEnd) {
  const auto file = Make("tea");
  Refuse("fallocate", EOPNOTSUPP, 2);
  ASSERT_EQ(file->Allocate(1, 200'000), absl::OkStatus());
  EXPECT_EQ(All(*file), "tea" + std::string(200'001 - 3, '\0'));
  EXPECT_GE(BytesOnDisk(), 200'000U);
  TheSystem().writes = 0;
  ASSERT_EQ(file->Allocate(0, 200'001), absl::OkStatus());
  EXPECT_EQ(TheSystem().writes, 0);
}

TEST_F(FileSystemTest, WhereSpaceCannotBeGivenBackTheBytesStay) {
  const auto file = Make("tea");
  Refuse("fallocate", EOPNOTSUPP);
  EXPECT_EQ(file->Release(0, 3), absl::OkStatus());
  EXPECT_EQ(All(*file), "tea");
}

TEST_F(FileSystemTest, AFolderThatCannotBeSyncedNeedsNoSync) {
  Refuse("fsync", EINVAL);
  EXPECT_EQ(files_.SyncDirectory(directory_.path()), absl::OkStatus());
}

// --- Names ---------------------------------------------------------------------------------------

TEST_F(FileSystemTest, WhatIsNoFileIsNotOpened) {
  ASSERT_EQ(files_.CreateDirectory(directory_ / "folder"), absl::OkStatus());
  ASSERT_EQ(mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  for (const char* const name : {"folder", "pipe"}) {
    const absl::Status status = files_.Open(directory_ / name, Mode::kReadOnly).status();
    EXPECT_EQ(status.code(), StatusCode::kInternal);
    EXPECT_EQ(MessageOf(status), "open \"" + (directory_ / name) + "\": it is not a regular file");
  }
  EXPECT_EQ(MessageOf(files_.Open(directory_ / "folder", Mode::kReadWrite).status()),
            "open \"" + (directory_ / "folder") + "\": Is a directory");
}

TEST_F(FileSystemTest, AProgramThatIsExecutedDoesNotInheritFiles) {
  const auto open_files = [] {
    std::vector<std::string> open;
    const auto all = FileSystem::Posix().List("/proc/self/fd");
    for (const std::string& name : all.value()) {
      const int flags = fcntl(std::stoi(name), F_GETFD);
      if (flags != -1 && (flags & FD_CLOEXEC) == 0) open.push_back(name);
    }
    return open;
  };
  const std::vector<std::string> before = open_files();
  const auto file = Make("tea");
  const auto lock = files_.Lock(directory_ / "lock").value();
  EXPECT_EQ(open_files(), before);
}

TEST_F(FileSystemTest, AFolderIsMadeUnlessItIsThere) {
  EXPECT_EQ(files_.CreateDirectory(directory_ / "a"), absl::OkStatus());
  EXPECT_EQ(files_.CreateDirectory(directory_ / "a"), absl::OkStatus());
  EXPECT_EQ(files_.CreateDirectory(directory_ / "b/c").code(), StatusCode::kNotFound);
  Make();
  const absl::Status taken = files_.CreateDirectory(path_);
  EXPECT_EQ(taken.code(), StatusCode::kInternal);
  EXPECT_EQ(MessageOf(taken), "mkdir \"" + path_ + "\": File exists");
  EXPECT_EQ(files_.SyncDirectory(directory_ / "b").code(), StatusCode::kNotFound);
}

TEST_F(FileSystemTest, AFolderIsListedInOrderWithoutItselfAndItsParent) {
  EXPECT_THAT(files_.List(directory_.path()).value(), IsEmpty());
  for (const char* const name : {"b", "a", "c", ".hidden"}) {
    ASSERT_TRUE(files_.Open(directory_ / name, Mode::kCreate).ok());
  }
  EXPECT_THAT(files_.List(directory_.path()).value(), ElementsAre(".hidden", "a", "b", "c"));
  EXPECT_EQ(files_.List(directory_ / "d").status().code(), StatusCode::kNotFound);
}

TEST_F(FileSystemTest, ARenamedFileReplacesTheOneThatWasThere) {
  const auto old = Make("old");
  ASSERT_EQ(files_.Open(directory_ / "new", Mode::kCreate).value()->Write(0, "new"),
            absl::OkStatus());
  ASSERT_EQ(files_.Rename(directory_ / "new", path_), absl::OkStatus());
  EXPECT_EQ(All(*files_.Open(path_, Mode::kReadOnly).value()), "new");
  EXPECT_EQ(All(*old), "old");  // which is open, and has no name any more
  EXPECT_THAT(files_.List(directory_.path()).value(), ElementsAre("file"));
  const absl::Status missing = files_.Rename(directory_ / "new", path_);
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_EQ(MessageOf(missing), "rename \"" + (directory_ / "new") + "\" to \"" + path_ +
                                    "\": No such file or directory");
}

TEST_F(FileSystemTest, FilesAndEmptyFoldersAreRemoved) {
  Make("tea");
  ASSERT_EQ(files_.CreateDirectory(directory_ / "a"), absl::OkStatus());
  ASSERT_EQ(files_.CreateDirectory(directory_ / "a/b"), absl::OkStatus());
  EXPECT_EQ(files_.Remove(directory_ / "a").code(), StatusCode::kInternal);
  EXPECT_EQ(files_.Remove(directory_ / "a/b"), absl::OkStatus());
  EXPECT_EQ(files_.Remove(directory_ / "a"), absl::OkStatus());
  EXPECT_EQ(files_.Remove(path_), absl::OkStatus());
  EXPECT_EQ(files_.Remove(path_).code(), StatusCode::kNotFound);
  EXPECT_THAT(files_.List(directory_.path()).value(), IsEmpty());
}

TEST_F(FileSystemTest, APathThatTheSystemWouldCutOffIsRefused) {
  const std::string path = path_ + "\0x"s;
  for (const absl::Status& status :
       {files_.Open(path, Mode::kCreate).status(), files_.Lock(path).status(),
        files_.CreateDirectory(path), files_.List(path).status(), files_.Rename(path, path_),
        files_.Rename(path_, path), files_.Remove(path), files_.SyncDirectory(path)}) {
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(MessageOf(status), HasSubstr("\\x00x\" must have no zero byte in it"));
  }
  EXPECT_THAT(files_.List(directory_.path()).value(), IsEmpty());
}

// --- The lock ------------------------------------------------------------------------------------

TEST_F(FileSystemTest, TheLockIsHadOnceAlsoWithinAProcess) {
  auto lock = files_.Lock(path_).value();
  const absl::Status again = files_.Lock(path_).status();
  EXPECT_EQ(again.code(), StatusCode::kUnavailable);
  EXPECT_EQ(MessageOf(again),
            "flock \"" + path_ + "\": another process, or this one, has the lock");
  lock.reset();
  EXPECT_TRUE(files_.Lock(path_).ok());
  EXPECT_EQ(files_.Lock(directory_ / "a/lock").status().code(), StatusCode::kNotFound);
}

// A child of this process that has the lock when the constructor returns, and waits to be killed.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    int pipe_ends[2] = {};
    EXPECT_EQ(pipe(pipe_ends), 0);
    child_ = fork();
    if (child_ == 0) {
      const auto lock = FileSystem::Posix().Lock(path);
      const char locked = lock.ok() ? 'y' : 'n';
      if (write(pipe_ends[1], &locked, 1) != 1) _exit(1);
      for (;;) pause();
    }
    const testing::WaitingFor waiting("a child that takes the lock");
    char locked = 0;
    EXPECT_EQ(read(pipe_ends[0], &locked, 1), 1);
    EXPECT_EQ(locked, 'y');
    close(pipe_ends[0]);
    close(pipe_ends[1]);
  }
  ~Holder() { Kill(); }

  void Kill() {
    if (child_ == 0) return;
    kill(child_, SIGKILL);
    const testing::WaitingFor waiting("the end of a child that was killed");
    int how = 0;
    EXPECT_EQ(waitpid(child_, &how, 0), child_);
    child_ = 0;
  }

 private:
  pid_t child_ = 0;
};

TEST_F(FileSystemTest, TheLockOfAProcessThatIsKilledIsFree) {
  Holder holder(path_);
  EXPECT_EQ(files_.Lock(path_).status().code(), StatusCode::kUnavailable);
  holder.Kill();
  EXPECT_TRUE(files_.Lock(path_).ok());
}

TEST_F(FileSystemTest, AChildThatIsStillThereDoesNotKeepTheLockThatItsParentGaveBack) {
  std::unique_ptr<FileLock> lock = files_.Lock(path_).value();
  const Holder child(directory_ / "other");  // has a copy of `lock`, which it does not give back
  EXPECT_EQ(files_.Lock(path_).status().code(), StatusCode::kUnavailable);
  lock.reset();
  EXPECT_TRUE(files_.Lock(path_).ok());
}

TEST_F(FileSystemTest, AChildThatDestroysItsCopyDoesNotUnlockItsParent) {
  std::unique_ptr<FileLock> lock = files_.Lock(path_).value();
  const pid_t child = fork();
  if (child == 0) {
    lock.reset();
    _exit(0);
  }
  int how = 0;
  {
    const testing::WaitingFor waiting("the end of a child");
    ASSERT_EQ(waitpid(child, &how, 0), child);
  }
  EXPECT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == 0);
  EXPECT_EQ(files_.Lock(path_).status().code(), StatusCode::kUnavailable);
}

TEST_F(FileSystemTest, TheNameOfThisRunOfTheSystemStays) {
  EXPECT_EQ(files_.BootId(), files_.BootId());
  // 36 characters of a UUID, wherever /proc is mounted.
  std::error_code error;
  if (std::filesystem::exists("/proc/sys/kernel/random/boot_id", error)) {
    EXPECT_EQ(files_.BootId().size(), 36U);
  }
}

}  // namespace
}  // namespace kinesis
