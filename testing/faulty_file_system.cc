#include "kinesis_core/testing/faulty_file_system.h"

#include <iterator>
#include <numeric>
#include <utility>

#include "absl/time/clock.h"

namespace kinesis::testing {
namespace {

constexpr std::string_view kNames[] = {
    "Open", "Lock",  "CreateDirectory", "List",    "Rename",   "Remove", "SyncDirectory", "Size",
    "Read", "Write", "Allocate",        "Release", "Truncate", "Map",    "Sync",
};
static_assert(std::size(kNames) == kFileCalls);
static_assert(static_cast<size_t>(FileCall::kSync) + 1 == kFileCalls);

// Makes a call that answers with a status, or fails it.
template <class Call>
absl::Status Answer(const std::optional<FileFault>& fault, const Call& call) {
  if (!fault) return call();
  if (!fault->is_done) return fault->status;
  const absl::Status done = call();
  return done.ok() ? fault->status : done;
}

}  // namespace

std::string_view FileCallName(FileCall call) { return kNames[static_cast<size_t>(call)]; }

std::ostream& operator<<(std::ostream& out, FileCall call) { return out << FileCallName(call); }

class FaultyFileSystem::FaultyFile final : public File {
 public:
  FaultyFile(FaultyFileSystem& system, std::unique_ptr<File> below)
      : system_(system), below_(std::move(below)) {}

  absl::StatusOr<uint64_t> Size() override {
    if (const auto fault = system_.Strike(FileCall::kSize)) return fault->status;
    return below_->Size();
  }
  absl::StatusOr<std::string> Read(uint64_t offset, uint64_t bytes) override {
    if (const auto fault = system_.Strike(FileCall::kRead)) return fault->status;
    return below_->Read(offset, bytes);
  }
  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    const auto fault = system_.Strike(FileCall::kWrite);
    if (fault && !fault->is_done && fault->bytes_written > 0) {
      const absl::Status part = below_->Write(offset, bytes.substr(0, fault->bytes_written));
      return part.ok() ? fault->status : part;
    }
    return Answer(fault, [&] { return below_->Write(offset, bytes); });
  }
  absl::Status Allocate(uint64_t offset, uint64_t bytes) override {
    return Answer(system_.Strike(FileCall::kAllocate),
                  [&] { return below_->Allocate(offset, bytes); });
  }
  absl::Status Release(uint64_t offset, uint64_t bytes) override {
    return Answer(system_.Strike(FileCall::kRelease),
                  [&] { return below_->Release(offset, bytes); });
  }
  absl::Status Truncate(uint64_t bytes) override {
    return Answer(system_.Strike(FileCall::kTruncate), [&] { return below_->Truncate(bytes); });
  }
  absl::StatusOr<std::byte*> Map(uint64_t bytes, bool writable) override {
    if (const auto fault = system_.Strike(FileCall::kMap)) return fault->status;
    return below_->Map(bytes, writable);
  }
  absl::Status Sync() override {
    return Answer(system_.Strike(FileCall::kSync), [&] { return below_->Sync(); });
  }

 private:
  FaultyFileSystem& system_;
  const std::unique_ptr<File> below_;
};

FaultyFileSystem::FaultyFileSystem(FileSystem& below) : below_(below) {}

void FaultyFileSystem::Fail(FileFault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

void FaultyFileSystem::FailNothing() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
}

void FaultyFileSystem::SetDelay(FileCall call, absl::Duration delay) {
  const std::lock_guard lock(mutex_);
  delays_[static_cast<size_t>(call)] = delay;
}

uint64_t FaultyFileSystem::calls() const {
  const std::lock_guard lock(mutex_);
  return std::accumulate(calls_.begin(), calls_.end(), uint64_t{0});
}

uint64_t FaultyFileSystem::calls(FileCall call) const {
  const std::lock_guard lock(mutex_);
  return calls_[static_cast<size_t>(call)];
}

uint64_t FaultyFileSystem::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

absl::StatusOr<std::unique_ptr<File>> FaultyFileSystem::Open(const std::string& path, Mode mode) {
  if (const auto fault = Strike(FileCall::kOpen)) return fault->status;
  absl::StatusOr<std::unique_ptr<File>> file = below_.Open(path, mode);
  if (!file.ok()) return file.status();
  return std::make_unique<FaultyFile>(*this, *std::move(file));
}

absl::StatusOr<std::unique_ptr<FileLock>> FaultyFileSystem::Lock(const std::string& path) {
  if (const auto fault = Strike(FileCall::kLock)) return fault->status;
  return below_.Lock(path);
}

absl::Status FaultyFileSystem::CreateDirectory(const std::string& path) {
  return Answer(Strike(FileCall::kCreateDirectory), [&] { return below_.CreateDirectory(path); });
}

absl::StatusOr<std::vector<std::string>> FaultyFileSystem::List(const std::string& directory) {
  if (const auto fault = Strike(FileCall::kList)) return fault->status;
  return below_.List(directory);
}

absl::Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  return Answer(Strike(FileCall::kRename), [&] { return below_.Rename(from, to); });
}

absl::Status FaultyFileSystem::Remove(const std::string& path) {
  return Answer(Strike(FileCall::kRemove), [&] { return below_.Remove(path); });
}

absl::Status FaultyFileSystem::SyncDirectory(const std::string& path) {
  return Answer(Strike(FileCall::kSyncDirectory), [&] { return below_.SyncDirectory(path); });
}

std::string FaultyFileSystem::BootId() { return below_.BootId(); }

std::optional<FileFault> FaultyFileSystem::Strike(FileCall call) {
  std::unique_lock lock(mutex_);
  ++calls_[static_cast<size_t>(call)];
  const absl::Duration delay = delays_[static_cast<size_t>(call)];
  if (delay > absl::ZeroDuration()) {
    lock.unlock();
    absl::SleepFor(delay);
    lock.lock();
  }
  if (!fault_ || (fault_->call && fault_->call != call)) return std::nullopt;
  if (fault_->skip > 0) {
    --fault_->skip;
    return std::nullopt;
  }
  if (fault_->times == 0) return std::nullopt;
  if (fault_->times != FileFault::kAlways) --fault_->times;
  ++failures_;
  return fault_;
}

}  // namespace kinesis::testing
