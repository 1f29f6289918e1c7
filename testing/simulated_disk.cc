#include "kinesis_core/testing/simulated_disk.h"

#include <cstddef>
#include <iterator>
#include <limits>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kinesis_core/testing/internal/disk_file.h"
#include "kinesis_core/testing/internal/disk_tree.h"

namespace kinesis::testing {
namespace {

using absl::StatusCode;
using NodePtr = DiskTree::NodePtr;

constexpr uint64_t kLargestOffset = std::numeric_limits<int64_t>::max();
constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

absl::Status NoSpace(std::string_view call, const std::string& path) {
  return DiskError(StatusCode::kResourceExhausted, call, path, "No space left on device");
}

absl::Status TooLarge(std::string_view call, const std::string& path) {
  return DiskError(StatusCode::kResourceExhausted, call, path, "File too large");
}

bool IsTooLarge(uint64_t offset, uint64_t bytes) {
  return offset > kLargestOffset || bytes > kLargestOffset - offset;
}

}  // namespace

class SimulatedDisk::State {
 public:
  enum class Ending { kPowerLoss, kKill };

  explicit State(uint64_t seed) : random_(seed) { ChooseWriteBackRate(); }

  // Makes a call of a run: `call` under the lock, unless the run has ended or ends before it.
  template <class Call>
  std::invoke_result_t<Call> Make(uint64_t run, std::string_view name, const std::string& path,
                                  const Call& call) {
    std::optional<std::invoke_result_t<Call>> result;  // whose end may take the lock
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (!is_running_ || run != run_) {
      return Ended(name, path);
    }
    if (path.find('\0') != std::string::npos) {
      return DiskError(StatusCode::kInvalidArgument, name, path,
                       "a path must have no zero byte in it");
    }
    if (random_() % 64 < write_backs_) {
      if (const NodePtr node = tree_.AnyFile(random_)) node->file->WriteBack(random_);
    }
    is_last_call_ = plan_ && plan_->calls == 0;
    if (!is_last_call_) {
      if (plan_) --plan_->calls;
      return call();
    }
    if (random_() % 3 > 0) result = call();
    End(plan_->ending);
    return Ended(name, path);
  }
  // The same, of whoever calls now.
  template <class Call>
  std::invoke_result_t<Call> Make(std::string_view name, const std::string& path,
                                  const Call& call) {
    return Make(run(), name, path, call);
  }

  void EndRun(Ending ending) {
    const std::lock_guard lock(mutex_);
    if (is_running_) End(ending);
  }
  void Plan(Ending ending, uint64_t calls) {
    const std::lock_guard lock(mutex_);
    plan_ = Planned{ending, calls};
  }

  // --- These require that the lock is held, as it is within Make.

  // Returns whether the sync that is being made is to fail.
  bool SyncFails() {
    if (!syncs_until_failure_) return false;
    if (*syncs_until_failure_ > 0) {
      --*syncs_until_failure_;
      return false;
    }
    syncs_until_failure_.reset();
    return true;
  }
  static absl::Status SyncFailed(std::string_view call, const std::string& path) {
    return DiskError(StatusCode::kDataLoss, call, path, "Input/output error");
  }

  bool HasRoom(const DiskFile& file, uint64_t offset, uint64_t bytes) const {
    return capacity_ == kUnlimited || SpaceUsed() + file.MissingSpace(offset, bytes) <= capacity_;
  }
  uint64_t SpaceUsed() const {
    uint64_t used = 0;
    tree_.ForEachFile([&used](const DiskFile& file) { used += file.space_bytes(); });
    return used;
  }

  mutable std::mutex mutex_;  // guards all that follows
  std::mt19937_64 random_;
  DiskTree tree_;
  std::set<DiskTree::Node*> locked_;
  uint64_t capacity_ = kUnlimited;
  std::optional<uint64_t> syncs_until_failure_;

  bool is_running_ = true;
  uint64_t run_ = 0;
  uint64_t boot_ = 0;
  uint64_t calls_ = 0;
  bool is_last_call_ = false;  // the one that is being made

 private:
  struct Planned {
    Ending ending;
    uint64_t calls;
  };

  uint64_t run() const {
    const std::lock_guard lock(mutex_);
    return run_;
  }

  absl::Status Ended(std::string_view call, const std::string& path) const {
    return DiskError(
        StatusCode::kUnavailable, call, path,
        last_ending_ == Ending::kKill ? "the process was killed" : "the power was lost");
  }

  // There are systems that write back all the time, and others that hardly do.
  void ChooseWriteBackRate() {
    constexpr uint64_t kRates[] = {0, 1, 8};
    write_backs_ = kRates[random_() % std::size(kRates)];
  }

  void End(Ending ending) {
    if (ending == Ending::kPowerLoss) {
      tree_.LosePower(random_);
      ++boot_;
      ChooseWriteBackRate();
    } else {
      tree_.ForEachFile([](DiskFile& file) { file.Detach(); });
    }
    last_ending_ = ending;
    is_running_ = false;
    plan_.reset();
    syncs_until_failure_.reset();
    locked_.clear();
    ++run_;
  }

  std::optional<Planned> plan_;
  Ending last_ending_ = Ending::kPowerLoss;
  uint64_t write_backs_ = 0;  // in 64 calls
};

// --- Files and locks -----------------------------------------------------------------------------

class SimulatedDisk::OpenFile final : public File {
 public:
  OpenFile(State& disk, uint64_t run, std::string path, NodePtr node)
      : disk_(disk), run_(run), path_(std::move(path)), node_(std::move(node)) {}
  ~OpenFile() override {
    const std::lock_guard lock(disk_.mutex_);
    mapped_.reset();
    node_.reset();
  }

  absl::StatusOr<uint64_t> Size() override {
    return Make("fstat", [&]() -> absl::StatusOr<uint64_t> { return file().size(); });
  }

  absl::StatusOr<std::string> Read(uint64_t offset, uint64_t bytes) override {
    return Make("pread",
                [&]() -> absl::StatusOr<std::string> { return file().Read(offset, bytes); });
  }

  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    return Make("pwrite", [&] {
      if (IsTooLarge(offset, bytes.size())) return TooLarge("pwrite", path_);
      // It ends in the midst of it.
      if (disk_.is_last_call_) bytes = bytes.substr(0, disk_.random_() % (bytes.size() + 1));
      const bool fits = HasRoom(offset, bytes.size());
      if (!fits) bytes = bytes.substr(0, disk_.random_() % (bytes.size() + 1));
      if (!fits && !HasRoom(offset, bytes.size())) return NoSpace("pwrite", path_);
      if (!file().Write(offset, bytes)) return TooLarge("pwrite", path_);
      return fits ? absl::OkStatus() : NoSpace("pwrite", path_);
    });
  }

  absl::Status Allocate(uint64_t offset, uint64_t bytes) override {
    return Make("fallocate", [&] {
      if (bytes == 0) return absl::OkStatus();
      if (IsTooLarge(offset, bytes)) return TooLarge("fallocate", path_);
      if (!HasRoom(offset, bytes)) return NoSpace("fallocate", path_);
      return file().Allocate(offset, bytes) ? absl::OkStatus() : TooLarge("fallocate", path_);
    });
  }

  absl::Status Release(uint64_t offset, uint64_t bytes) override {
    return Make("fallocate", [&] {
      file().Release(offset, bytes);
      return absl::OkStatus();
    });
  }

  absl::Status Truncate(uint64_t bytes) override {
    return Make("ftruncate", [&] {
      return file().Truncate(bytes) ? absl::OkStatus() : TooLarge("ftruncate", path_);
    });
  }

  absl::StatusOr<std::byte*> Map(uint64_t bytes, bool /*writable*/) override {
    return Make("mmap", [&]() -> absl::StatusOr<std::byte*> {
      if (bytes == 0) {
        return DiskError(StatusCode::kInvalidArgument, "mmap", path_,
                         "the mapping must have at least one byte");
      }
      if (mapped_ != nullptr) {
        return DiskError(StatusCode::kFailedPrecondition, "mmap", path_,
                         "the file is mapped already");
      }
      std::shared_ptr<AddressRange> mapped = file().Map(bytes);
      if (mapped == nullptr) {
        return DiskError(StatusCode::kResourceExhausted, "mmap", path_, "Cannot allocate memory");
      }
      mapped_ = std::move(mapped);
      return mapped_->begin();
    });
  }

  absl::Status Sync() override {
    return Make("fdatasync", [&] {
      if (disk_.SyncFails()) {
        file().FailSync(disk_.random_);
        return State::SyncFailed("fdatasync", path_);
      }
      file().Sync();
      return absl::OkStatus();
    });
  }

 private:
  template <class Call>
  std::invoke_result_t<Call> Make(std::string_view name, const Call& call) {
    return disk_.Make(run_, name, path_, call);
  }

  DiskFile& file() { return *node_->file; }

  bool HasRoom(uint64_t offset, uint64_t bytes) const {
    return disk_.HasRoom(*node_->file, offset, bytes);
  }

  State& disk_;
  const uint64_t run_;
  const std::string path_;
  NodePtr node_;
  std::shared_ptr<AddressRange> mapped_;
};

class SimulatedDisk::HeldLock final : public FileLock {
 public:
  HeldLock(State& disk, uint64_t run, NodePtr node)
      : disk_(disk), run_(run), node_(std::move(node)) {}
  ~HeldLock() override {
    const std::lock_guard lock(disk_.mutex_);
    if (run_ == disk_.run_) disk_.locked_.erase(node_.get());
    node_.reset();
  }

 private:
  State& disk_;
  const uint64_t run_;
  NodePtr node_;
};

// --- The disk ------------------------------------------------------------------------------------

SimulatedDisk::SimulatedDisk(uint64_t seed) : state_(std::make_unique<State>(seed)) {}
SimulatedDisk::~SimulatedDisk() = default;

void SimulatedDisk::LosePower() { state_->EndRun(State::Ending::kPowerLoss); }
void SimulatedDisk::Kill() { state_->EndRun(State::Ending::kKill); }
void SimulatedDisk::LosePowerWithin(uint64_t calls) {
  state_->Plan(State::Ending::kPowerLoss, calls);
}
void SimulatedDisk::KillWithin(uint64_t calls) { state_->Plan(State::Ending::kKill, calls); }

void SimulatedDisk::Start() {
  const std::lock_guard lock(state_->mutex_);
  state_->is_running_ = true;
}

bool SimulatedDisk::is_running() const {
  const std::lock_guard lock(state_->mutex_);
  return state_->is_running_;
}

uint64_t SimulatedDisk::calls() const {
  const std::lock_guard lock(state_->mutex_);
  return state_->calls_;
}

void SimulatedDisk::FailSync(uint64_t syncs) {
  const std::lock_guard lock(state_->mutex_);
  state_->syncs_until_failure_ = syncs;
}

void SimulatedDisk::set_capacity(uint64_t bytes) {
  const std::lock_guard lock(state_->mutex_);
  state_->capacity_ = bytes;
}

uint64_t SimulatedDisk::space_bytes() const {
  const std::lock_guard lock(state_->mutex_);
  return state_->SpaceUsed();
}

std::vector<std::string> SimulatedDisk::FilesOnPlatter() const {
  const std::lock_guard lock(state_->mutex_);
  return state_->tree_.FilesOnPlatter();
}

absl::StatusOr<std::string> SimulatedDisk::ReadPlatter(const std::string& path) const {
  const std::lock_guard lock(state_->mutex_);
  const NodePtr node = state_->tree_.FindOnPlatter(path);
  if (node == nullptr) return NotThere("ReadPlatter", path);
  return node->file->Platter();
}

absl::Status SimulatedDisk::FlipBit(const std::string& path, uint64_t offset, int bit) {
  const std::lock_guard lock(state_->mutex_);
  const NodePtr node = state_->tree_.FindOnPlatter(path);
  if (node == nullptr) return NotThere("FlipBit", path);
  if (offset >= node->file->platter_size() || bit < 0 || bit > 7) {
    return DiskError(StatusCode::kOutOfRange, "FlipBit", path,
                     absl::StrCat("it has no bit ", bit, " of byte ", offset));
  }
  node->file->FlipBit(offset, bit);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<File>> SimulatedDisk::Open(const std::string& path, Mode mode) {
  return state_->Make("open", path, [&]() -> absl::StatusOr<std::unique_ptr<File>> {
    absl::StatusOr<NodePtr> node = state_->tree_.Open("open", path, mode == Mode::kCreate);
    if (!node.ok()) return node.status();
    return std::make_unique<OpenFile>(*state_, state_->run_, path, *std::move(node));
  });
}

absl::StatusOr<std::unique_ptr<FileLock>> SimulatedDisk::Lock(const std::string& path) {
  return state_->Make("flock", path, [&]() -> absl::StatusOr<std::unique_ptr<FileLock>> {
    absl::StatusOr<NodePtr> node = state_->tree_.Open("open", path, /*create=*/true);
    if (!node.ok()) return node.status();
    if (!state_->locked_.insert(node->get()).second) {
      return DiskError(StatusCode::kUnavailable, "flock", path, "somebody has the lock");
    }
    return std::make_unique<HeldLock>(*state_, state_->run_, *std::move(node));
  });
}

absl::Status SimulatedDisk::CreateDirectory(const std::string& path) {
  return state_->Make("mkdir", path, [&] { return state_->tree_.CreateFolder(path); });
}

absl::StatusOr<std::vector<std::string>> SimulatedDisk::List(const std::string& directory) {
  return state_->Make("opendir", directory, [&]() -> absl::StatusOr<std::vector<std::string>> {
    const absl::StatusOr<NodePtr> folder = state_->tree_.FindFolder("opendir", directory);
    if (!folder.ok()) return folder.status();
    std::vector<std::string> names;
    for (const auto& [name, node] : (*folder)->entries) names.push_back(name);
    return names;
  });
}

absl::Status SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  return state_->Make("rename", from, [&] { return state_->tree_.Rename(from, to); });
}

absl::Status SimulatedDisk::Remove(const std::string& path) {
  return state_->Make("remove", path, [&] { return state_->tree_.Remove(path); });
}

absl::Status SimulatedDisk::SyncDirectory(const std::string& path) {
  return state_->Make("fsync", path, [&] {
    const absl::StatusOr<NodePtr> folder = state_->tree_.FindFolder("fsync", path);
    if (!folder.ok()) return folder.status();
    if (state_->SyncFails()) {
      state_->tree_.FailSync(*folder, state_->random_);
      return State::SyncFailed("fsync", path);
    }
    state_->tree_.Sync(*folder, state_->random_);
    return absl::OkStatus();
  });
}

std::string SimulatedDisk::BootId() {
  const std::lock_guard lock(state_->mutex_);
  return absl::StrCat("boot ", state_->boot_);
}

}  // namespace kinesis::testing
