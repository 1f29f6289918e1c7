// SimulatedDisk: a disk in memory whose power can be lost at any call.
//
//   kinesis::testing::SimulatedDisk disk(seed);
//   disk.LosePowerWithin(17);           // the 18th call from now on is the last one
//   CodeUnderTest(disk).IgnoreError();  // its calls fail from there on
//   disk.LosePower();                   // if it made no more than 17
//   disk.Start();
//   EXPECT_TRUE(Fine(disk));            // finds what a real disk may have left
//
// There are two of everything: what the running system sees, and what is on the platter. Sync puts
// a file's contents and size on the platter, and what was stored through its mapping;
// SyncDirectory, the names that were made, changed and removed in a folder. Of all else, a loss of
// power leaves any part, as the seed has it:
//
//   contents  each sector of 512 bytes as it is, as it was when it was synced, or as it was at any
//             call in between: the system writes back when it sees fit, and in no order
//   sizes     any between the one that was synced and those since
//   names     each creation, renaming and removal done or not, in their order. A renaming is done
//             as a whole, so a name that is replaced has what it had or what it gets. A file that
//             was synced, and whose name was not, may be gone
//   a sector is whole, and what was synced is there. Space that was allocated stays so.
//
// So it is the disk of somebody who means ill and keeps to the contract of FileSystem; a real one
// is kinder in most ways. Everything follows from the seed and from the calls: a test with one
// thread fails in the same way again.
//
// Kill() is the end of the process alone: what the system sees stays. After either end, and until
// Start(), every call fails with kUnavailable. Files and locks of the run that has ended fail so
// for good, their locks are free, and stores to their mappings go to memory that is no file's. What
// has the disk's files open is to be destroyed before Start(), as a process is that has ended.
//
// Failures: FailSync makes a sync fail as on Linux, where a later one that succeeds says nothing
// about what the failed one had to write. For any other call that fails, put a FaultyFileSystem on
// top (faulty_file_system.h). A full disk: set_capacity.
//
// Other than a real disk: only what was allocated or written has a place, so that what is stored
// through a mapping elsewhere is seen by that mapping and lost with it, where a real disk may end
// the process. All mappings of a file have the same addresses, and may be stored to, also when they
// were asked for reading; a file that is mapped grows 16 MiB beyond that at the most. Stores
// through a mapping while another thread syncs or loses power are a data race.
#ifndef KINESIS_CORE_TESTING_SIMULATED_DISK_H_
#define KINESIS_CORE_TESTING_SIMULATED_DISK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/file_system.h"

namespace kinesis::testing {

// Thread-safe: all operations may run concurrently.
//
// Lifetime: outlives the files and locks that it gives.
//
// Paths: parts between slashes, of which empty ones and "." count for nothing, so that "a", "/a"
// and "./a" are the same. The root is always there. Errors as FileSystem has them; besides,
// kUnavailable when the run has ended.
class KINESIS_CORE_EXPORT SimulatedDisk final : public FileSystem {
 public:
  // It is running, and empty.
  explicit SimulatedDisk(uint64_t seed);
  ~SimulatedDisk() override;

  // --- The end of a run

  // The power is lost now.
  void LosePower();
  // The process ends now.
  void Kill();
  // The same within the call that comes after `calls` others, from now on: before it is done, when
  // it is, or in the midst of it. That call fails as all later ones do. Replaces what was planned
  // before; an end of the run ends the plan.
  void LosePowerWithin(uint64_t calls);
  void KillWithin(uint64_t calls);
  // Begins a run if the last one has ended.
  void Start();
  bool is_running() const;
  // The calls that were made so far, of files and of the disk, those that failed included.
  uint64_t calls() const;

  // --- What is wrong with it

  // The Sync or SyncDirectory that comes after `syncs` others from now on fails with kDataLoss. Of
  // what it had to write some is written, some may be by a later sync, and the rest counts as
  // written and is not: a file that nobody has mapped may also read as before from then on.
  void FailSync(uint64_t syncs);
  // The space of all files, in pages of 4 KiB, is at most so many bytes. Above that Write and
  // Allocate return kResourceExhausted.
  void set_capacity(uint64_t bytes);
  uint64_t space_bytes() const;

  // --- The platter, also while nothing runs

  // The paths of all files whose names are on it, sorted.
  std::vector<std::string> FilesOnPlatter() const;
  // The contents of one. kNotFound: there is none.
  absl::StatusOr<std::string> ReadPlatter(const std::string& path) const;
  // Changes the bit `bit`, from 0 to 7, of a byte, also as the system sees it. kNotFound: there is
  // no such file on the platter. kOutOfRange: it has no such byte.
  absl::Status FlipBit(const std::string& path, uint64_t offset, int bit);

  // --- FileSystem

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  absl::Status CreateDirectory(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status SyncDirectory(const std::string& path) override;
  // Changes with a loss of power, and not when the process is killed. No call that can fail.
  std::string BootId() override;

 private:
  class OpenFile;
  class HeldLock;
  class State;

  const std::unique_ptr<State> state_;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_SIMULATED_DISK_H_
