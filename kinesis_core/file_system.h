// FileSystem: the library's only way to the disk.
//
// Everything that is kept in files goes through these few calls. FileSystem::Posix() is the disk
// itself. Another implementation stands in for it: testing/faulty_file_system.h makes any call
// fail, testing/simulated_disk.h loses power at any of them, and one of yours may keep its files
// elsewhere, so long as it can map them.
//
// Errors, of every call, with the name of the call, the path and the system's own words:
//
//   kNotFound           the file, or a folder on the way to it, is not there
//   kResourceExhausted  no space on the disk or in the quota, too large a file, too many open
//                       files, or no memory
//   kPermissionDenied   the process may not do that to the file, or the disk is read-only
//   kDataLoss           the disk cannot read or write (EIO)
//   kInvalidArgument    the path has a zero byte in it
//   kUnavailable        a lock that somebody has
//   kInternal           anything else
//
// A call that was interrupted by a signal is made again. What a call has put into a file survives
// the end of the process, however it ends; it survives a loss of power only once Sync has returned,
// and for what concerns names (Open with kCreate, CreateDirectory, Rename, Remove) SyncDirectory.
#ifndef KINESIS_CORE_FILE_SYSTEM_H_
#define KINESIS_CORE_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/export.h"

namespace kinesis {

// An open file. Its destructor unmaps and closes it, and does not wait for the disk.
//
// Thread-safe for ranges of bytes that do not overlap; so is Allocate beside Write and stores to
// the mapping. A call that changes the size (Truncate, or Write or Allocate behind the end) is not
// to be made at the same time as another one that does.
class KINESIS_CORE_EXPORT File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  // Returns the size in bytes, holes included.
  virtual absl::StatusOr<uint64_t> Size() = 0;

  // Returns `bytes` bytes from `offset` on: fewer where the file ends, and none behind its end.
  virtual absl::StatusOr<std::string> Read(uint64_t offset, uint64_t bytes) = 0;

  // Writes all of `bytes` from `offset` on. Behind the end the file grows, with zeros between its
  // old end and `offset`. After an error any part of it may be in the file.
  virtual absl::Status Write(uint64_t offset, std::string_view bytes) = 0;

  // Takes space on the disk for the range, and lengthens the file if it ends before that, so that
  // later writes to the range, also through the mapping, find space. What stands in the range
  // stays; new bytes are zero. After an error the file may be longer, by zeros.
  //
  // Where the file system cannot do that, zeros are written behind the end of the file, and a hole
  // within it stays one: to have space for all of a file there, lengthen it with nothing else.
  virtual absl::Status Allocate(uint64_t offset, uint64_t bytes) = 0;

  // Gives the space of the range back: it reads as zero, and the size stays. Where the file system
  // cannot do that, nothing happens and its bytes stay, so that nobody may count on the zeros.
  virtual absl::Status Release(uint64_t offset, uint64_t bytes) = 0;

  // Cuts the file off, or lengthens it by a hole. Requires, if it is mapped: nobody touches the
  // pages behind its new end from here on.
  virtual absl::Status Truncate(uint64_t bytes) = 0;

  // Maps the first `bytes` of the file, which may be more than it has, for reading, or reading and
  // writing. The memory is the file's own: what is stored there is in the file, and what others
  // write to the file is there. Valid as long as this object. It must not be touched behind the end
  // of the file, nor written where no space was allocated: both end the process (SIGBUS).
  //
  // kFailedPrecondition: it is mapped already. kInvalidArgument: `bytes` is 0.
  virtual absl::StatusOr<std::byte*> Map(uint64_t bytes, bool writable) = 0;

  // Returns when the contents are on the disk, with what was stored through the mapping, and all
  // that is needed to read them. After an error it is unknown what is, also after a later success.
  virtual absl::Status Sync() = 0;
};

// A lock that somebody has; its destructor gives it back.
class KINESIS_CORE_EXPORT FileLock {
 public:
  FileLock() = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  virtual ~FileLock() = default;
};

// Thread-safe. Must outlive the files and locks that it gives.
class KINESIS_CORE_EXPORT FileSystem {
 public:
  enum class Mode {
    kReadOnly,
    kReadWrite,
    kCreate,  // the same, and the file is made if it is not there
  };

  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  // Opens a regular file; kInternal: it is something else. Programs that are executed do not
  // inherit it.
  virtual absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) = 0;

  // Takes the lock that the file `path` stands for, which is made if it is not there and stays when
  // the lock is given back. There is one, for all processes, and for all that one process opens.
  // However the process ends, the system gives it back. A child made by fork() is no other holder:
  // it lets go when it ends or executes a program, and until then keeps the lock of a parent that
  // was killed.
  //
  // kUnavailable: another process, or this one, has it.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;

  // Makes the folder unless it is there. Its parent must be.
  virtual absl::Status CreateDirectory(const std::string& path) = 0;

  // Returns the names of what is in a folder, sorted, without "." and "..".
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& directory) = 0;

  // Gives a file or folder another name, in one step: whoever looks at `to` finds what was there
  // before or what was `from`. A file replaces the one that was there.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;

  // Removes a file, or a folder that is empty.
  virtual absl::Status Remove(const std::string& path) = 0;

  // Returns when the names in the folder are on the disk. Nothing to do where the file system has
  // no such call.
  virtual absl::Status SyncDirectory(const std::string& path) = 0;

  // Returns a name of this run of the operating system: the same until it is started again, however
  // that comes, and then another. What a file was given without Sync may be gone if the name is
  // another than when it was written. Empty: it is not known.
  virtual std::string BootId() = 0;

  // Returns the disk, by the calls of POSIX and Linux. The same object at every call, valid until
  // the process ends.
  static FileSystem& Posix();
};

}  // namespace kinesis

#endif  // KINESIS_CORE_FILE_SYSTEM_H_
