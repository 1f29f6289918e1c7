#include "kinesis_core/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/base/status.h"

namespace kinesis {
namespace {

// The permissions of new files and folders, of which the process's umask takes some away.
constexpr mode_t kFileMode = 0644;
constexpr mode_t kDirectoryMode = 0755;

// So many zeros are written at once where space cannot be allocated.
constexpr size_t kZeroBytes = size_t{64} << 10;

// The largest offset that the system has.
constexpr auto kLargestOffset = uint64_t{std::numeric_limits<off_t>::max()};

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::StatusCode::kResourceExhausted;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case EIO:
      return absl::StatusCode::kDataLoss;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status Failed(const char* call, const std::string& path, int error) {
  return absl::Status(CodeOf(error), absl::StrCat(call, " ", internal::QuotedPath(path), ": ",
                                                  std::system_category().message(error)));
}

// Such a path would be cut off there on its way to the system.
absl::Status CheckPath(const std::string& path) {
  if (path.find('\0') == std::string::npos) return absl::OkStatus();
  return internal::InvalidArgument(
      absl::StrCat("path ", internal::QuotedPath(path), " must have no zero byte in it"));
}

// Makes a call of the system until no signal interrupts it.
template <class Call>
auto Uninterrupted(const Call& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

// Returns whether `error` means that the file system has no such call.
bool IsUnsupported(int error) { return error == EOPNOTSUPP || error == ENOSYS; }

bool IsTooLarge(uint64_t offset, uint64_t bytes) {
  return offset > kLargestOffset || bytes > kLargestOffset - offset;
}

// An open file of the system.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ != -1) close(number_);
  }

  int number() const { return number_; }
  bool is_open() const { return number_ != -1; }

 private:
  int number_;
};

Descriptor OpenDescriptor(const std::string& path, int flags) {
  return Descriptor(
      Uninterrupted([&] { return open(path.c_str(), flags | O_CLOEXEC, kFileMode); }));
}

class PosixFile final : public File {
 public:
  PosixFile(std::string path, Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  ~PosixFile() override {
    if (mapped_ != nullptr) munmap(mapped_, mapped_bytes_);
  }

  absl::StatusOr<uint64_t> Size() override {
    struct stat found = {};
    if (fstat(descriptor_.number(), &found) != 0) return Failed("fstat", path_, errno);
    return static_cast<uint64_t>(found.st_size);
  }

  absl::StatusOr<std::string> Read(uint64_t offset, uint64_t bytes) override {
    // So that memory is taken for what there is, whatever was asked for.
    const absl::StatusOr<uint64_t> size = Size();
    if (!size.ok()) return size.status();
    if (offset >= *size) return std::string();
    std::string read(std::min(bytes, *size - offset), '\0');
    size_t done = 0;
    while (done < read.size()) {
      const ssize_t count = Uninterrupted([&] {
        return pread(descriptor_.number(), read.data() + done, read.size() - done,
                     static_cast<off_t>(offset + done));
      });
      if (count < 0) return Failed("pread", path_, errno);
      if (count == 0) break;  // it was cut off meanwhile
      done += static_cast<size_t>(count);
    }
    read.resize(done);
    return read;
  }

  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    if (IsTooLarge(offset, bytes.size())) return Failed("pwrite", path_, EFBIG);
    while (!bytes.empty()) {
      const ssize_t count = Uninterrupted([&] {
        return pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (count < 0) return Failed("pwrite", path_, errno);
      if (count == 0) return Failed("pwrite", path_, EIO);  // no progress, and no reason given
      bytes.remove_prefix(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return absl::OkStatus();
  }

  absl::Status Allocate(uint64_t offset, uint64_t bytes) override {
    if (bytes == 0) return absl::OkStatus();
    if (IsTooLarge(offset, bytes)) return Failed("fallocate", path_, EFBIG);
    if (FAllocate(0, offset, bytes) == 0) return absl::OkStatus();
    if (!IsUnsupported(errno)) return Failed("fallocate", path_, errno);
    return WriteZerosBehindTheEnd(offset + bytes);
  }

  absl::Status Release(uint64_t offset, uint64_t bytes) override {
    // Behind the end there is nothing, and offsets that the file system does not have.
    const absl::StatusOr<uint64_t> size = Size();
    if (!size.ok()) return size.status();
    if (bytes == 0 || offset >= *size) return absl::OkStatus();
    bytes = std::min(bytes, *size - offset);
    if (FAllocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes) == 0 ||
        IsUnsupported(errno)) {
      return absl::OkStatus();
    }
    return Failed("fallocate", path_, errno);
  }

  absl::Status Truncate(uint64_t bytes) override {
    if (IsTooLarge(bytes, 0)) return Failed("ftruncate", path_, EFBIG);
    const auto size = static_cast<off_t>(bytes);
    if (Uninterrupted([&] { return ftruncate(descriptor_.number(), size); }) != 0) {
      return Failed("ftruncate", path_, errno);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::byte*> Map(uint64_t bytes, bool writable) override {
    if (bytes == 0) {
      return internal::InvalidArgument(absl::StrCat("mmap ", internal::QuotedPath(path_),
                                                    ": the mapping must have at least one byte"));
    }
    const internal::MutexLock lock(mutex_);
    if (mapped_ != nullptr) {
      return internal::FailedPrecondition(
          absl::StrCat("mmap ", internal::QuotedPath(path_), ": the file is mapped already"));
    }
    void* const memory = mmap(nullptr, bytes, PROT_READ | (writable ? PROT_WRITE : 0),
                              MAP_SHARED | MAP_NORESERVE, descriptor_.number(), 0);
    if (memory == MAP_FAILED) return Failed("mmap", path_, errno);
    mapped_ = static_cast<std::byte*>(memory);
    mapped_bytes_ = bytes;
    return mapped_;
  }

  absl::Status Sync() override {
    if (Uninterrupted([&] { return fdatasync(descriptor_.number()); }) != 0) {
      return Failed("fdatasync", path_, errno);
    }
    return absl::OkStatus();
  }

 private:
  int FAllocate(int mode, uint64_t offset, uint64_t bytes) {
    return Uninterrupted([&] {
      return fallocate(descriptor_.number(), mode, static_cast<off_t>(offset),
                       static_cast<off_t>(bytes));
    });
  }

  // Within the file others may be storing to the range, through the mapping: there, zeros would be
  // written over what they store.
  absl::Status WriteZerosBehindTheEnd(uint64_t end) {
    const absl::StatusOr<uint64_t> size = Size();
    if (!size.ok()) return size.status();
    const std::string zeros(kZeroBytes, '\0');
    for (uint64_t at = *size; at < end; at += zeros.size()) {
      const uint64_t bytes = std::min<uint64_t>(zeros.size(), end - at);
      absl::Status written = Write(at, std::string_view(zeros).substr(0, bytes));
      if (!written.ok()) return written;
    }
    return absl::OkStatus();
  }

  const std::string path_;
  const Descriptor descriptor_;

  internal::Mutex mutex_;
  std::byte* mapped_ ABSL_GUARDED_BY(mutex_) = nullptr;
  uint64_t mapped_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

class PosixLock final : public FileLock {
 public:
  // Requires: this process has just locked it.
  explicit PosixLock(Descriptor descriptor)
      : descriptor_(std::move(descriptor)), process_(getpid()) {}
  ~PosixLock() override {
    // Children share the lock: closing the file alone would leave it to those there are. But a
    // child that destroys its copy of this object must not unlock what its parent has.
    if (getpid() == process_) flock(descriptor_.number(), LOCK_UN);
  }

 private:
  const Descriptor descriptor_;
  const pid_t process_;
};

class PosixFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override {
    if (absl::Status checked = CheckPath(path); !checked.ok()) return checked;
    const int flags = mode == Mode::kReadOnly    ? O_RDONLY
                      : mode == Mode::kReadWrite ? O_RDWR
                                                 : O_RDWR | O_CREAT;
    // Nothing to wait for in a regular file; opening a pipe would wait for its other end.
    Descriptor descriptor = OpenDescriptor(path, flags | O_NONBLOCK);
    if (!descriptor.is_open()) return Failed("open", path, errno);
    struct stat found = {};
    if (fstat(descriptor.number(), &found) != 0) return Failed("fstat", path, errno);
    if (!S_ISREG(found.st_mode)) {
      return absl::InternalError(
          absl::StrCat("open ", internal::QuotedPath(path), ": it is not a regular file"));
    }
    return std::make_unique<PosixFile>(path, std::move(descriptor));
  }

  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    if (absl::Status checked = CheckPath(path); !checked.ok()) return checked;
    Descriptor descriptor = OpenDescriptor(path, O_RDWR | O_CREAT | O_NONBLOCK);
    if (!descriptor.is_open()) return Failed("open", path, errno);
    // A lock of the open file, not of the process: another open() of this process is refused, too.
    if (Uninterrupted([&] { return flock(descriptor.number(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return Failed("flock", path, errno);
      return internal::Unavailable(absl::StrCat("flock ", internal::QuotedPath(path),
                                                ": another process, or this one, has the lock"));
    }
    return std::make_unique<PosixLock>(std::move(descriptor));
  }

  absl::Status CreateDirectory(const std::string& path) override {
    if (absl::Status checked = CheckPath(path); !checked.ok()) return checked;
    if (mkdir(path.c_str(), kDirectoryMode) == 0) return absl::OkStatus();
    const int error = errno;
    struct stat found = {};
    if (error == EEXIST && stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) {
      return absl::OkStatus();
    }
    return Failed("mkdir", path, error);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    if (absl::Status checked = CheckPath(directory); !checked.ok()) return checked;
    const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(directory.c_str()), closedir);
    if (open == nullptr) return Failed("opendir", directory, errno);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc's is safe for streams that are not shared
      const dirent* const entry = readdir(open.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return Failed("readdir", directory, errno);
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (absl::Status checked = CheckPath(from); !checked.ok()) return checked;
    if (absl::Status checked = CheckPath(to); !checked.ok()) return checked;
    if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
    const int error = errno;
    return absl::Status(CodeOf(error), absl::StrCat("rename ", internal::QuotedPath(from), " to ",
                                                    internal::QuotedPath(to), ": ",
                                                    std::system_category().message(error)));
  }

  absl::Status Remove(const std::string& path) override {
    if (absl::Status checked = CheckPath(path); !checked.ok()) return checked;
    if (remove(path.c_str()) == 0) return absl::OkStatus();
    return Failed("remove", path, errno);
  }

  absl::Status SyncDirectory(const std::string& path) override {
    if (absl::Status checked = CheckPath(path); !checked.ok()) return checked;
    const Descriptor descriptor = OpenDescriptor(path, O_RDONLY | O_DIRECTORY);
    if (!descriptor.is_open()) return Failed("open", path, errno);
    if (Uninterrupted([&] { return fsync(descriptor.number()); }) == 0) return absl::OkStatus();
    // Some file systems cannot be asked that of a folder.
    if (errno == EINVAL || IsUnsupported(errno)) return absl::OkStatus();
    return Failed("fsync", path, errno);
  }

  std::string BootId() override {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
  }
};

}  // namespace

FileSystem& FileSystem::Posix() {
  // Never destroyed: what static objects have open may be closed after it would be.
  static FileSystem* const file_system = new PosixFileSystem;
  return *file_system;
}

}  // namespace kinesis
