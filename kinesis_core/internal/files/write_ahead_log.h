// WriteAheadLog: copies of what logs hold, in files that are synced, for what the mapped blocks do
// not survive: a loss of power.
//
//   wal-0000000000000001, wal-0000000000000002, ...   of the same size each, written one after the
//   other, each from its beginning to its end. A file is a header and groups; a group is what one
//   write has put there: extents of logs (log/log_export.h), taken whole or not at all. The bytes:
//   kinesis_core/doc/file_format.md.
//
// Why what was synced is found after a loss of power, which keeps any of the sectors that were
// written since the last sync, and any of the names:
//   C1  A group counts if its two checksums say so, and every group before it counts. Its checksums
//       cover the number of its file, its place in the order of all groups (the sequence) and its
//       length. So nothing that another use of a sector has left is taken for it.
//   C2  Sync returns after the file is on the disk; its name is there before any group is in it. A
//       file is begun only when the one before is on the disk whole. So groups that were not synced
//       are the last ones of the order, in one file, and what is cut is not more than those.
//   C3  Each group says up to which group all was on the disk when it was written. So where one is
//       missing that a later one says was there, it is damaged (C1 does not end the order there),
//       and is reported; where none says so, it is cut.
//   C4  After a loss of power, or of the process, the end that is cut is taken off the file, and
//       that is synced, before anything else is written; and the next group goes to a new file,
//       with a number that was never used. So what was cut does not come back.
//   C5  Each group says which file is the oldest that is needed. A file is removed after a group
//       that says so is on the disk. So the files that are needed are known, whichever of the
//       removals a loss of power takes back.
//   C6  After a write or sync that failed, nothing counts any more that this object is asked to do:
//       the system may have dropped what it could not write, and a later sync would not say so. So
//       who opens the files writes again what no group says was on the disk, and syncs that.
//   C7  What stands behind the last group is zero, from when the file is made on. So the zeros that
//       are written there ahead of small groups are no step that a loss of power could undo: which
//       of their sectors it keeps makes no difference.
#ifndef KINESIS_CORE_INTERNAL_FILES_WRITE_AHEAD_LOG_H_
#define KINESIS_CORE_INTERNAL_FILES_WRITE_AHEAD_LOG_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/log/log_export.h"

namespace kinesis::internal {

// One thread at a time. The file system must outlive it.
class WriteAheadLog {
 public:
  static constexpr uint32_t kFormatVersion = 1;
  static constexpr std::string_view kMagic = "kinesis walfile\n";
  static constexpr std::string_view kNamePrefix = "wal-";
  // A group is ended when it has so many bytes, if it can be.
  static constexpr size_t kGroupBytes = size_t{4} << 20;

  // What a file has of one log: no index below `first`, and none from `end` on.
  struct IndexRange {
    uint64_t first = std::numeric_limits<uint64_t>::max();  // if it is empty
    uint64_t end = 0;

    void Widen(const IndexRange& other) {
      first = std::min(first, other.first);
      end = std::max(end, other.end);
    }
  };
  struct FileInfo {
    uint64_t number = 0;
    uint64_t bytes = 0;                       // that groups take, with the header
    std::map<uint64_t, IndexRange> of_log{};  // by uid
  };

  static std::string NameOf(uint64_t number);
  // None if no file of a write-ahead log has that name.
  static std::optional<uint64_t> NumberOf(std::string_view name);

  // --- Reading

  // Something that was on the disk and is not any more.
  struct Damage {
    std::string file;
    uint64_t at = 0;
    std::string what;
  };
  struct Contents {
    std::vector<FileInfo> files;  // that are needed, in order
    uint64_t last_sequence = 0;
    uint64_t last_number = 0;  // of all files that are there
    uint64_t groups = 0;
    uint64_t known_bytes = 0;  // of the last of `files`, which a group says were on the disk
    // The end of the order that does not count. The reason is empty if there is none.
    uint64_t cut_bytes = 0;
    std::string why;
    std::vector<Damage> damage;
  };
  // Called for each extent in order, with the data of its records and where it stands.
  using Visit =
      std::function<void(const LogExtent& extent, std::string_view data, const FileInfo& file)>;

  // Reads what counts, without changing anything. Errors: kFailedPrecondition, a file is of another
  // version or byte order; those of the file system. Reads file by file, so it needs the memory of
  // one.
  static absl::StatusOr<Contents> Read(FileSystem& files, const std::string& directory,
                                       const Visit& visit);

  // --- Writing

  // Opens what Read has found, makes sure that all of it is on the disk, and that nothing else is
  // there. No file is made before something is added. `file_bytes` is the size of a file, unless
  // one group is larger.
  static absl::StatusOr<std::unique_ptr<WriteAheadLog>> Open(FileSystem& files,
                                                             std::string directory,
                                                             uint64_t file_bytes,
                                                             Contents contents);

  // Adds an extent. Returns where its data are to go: extent.data_bytes() bytes, that must all be
  // written before the next call of anything here.
  std::byte* Add(const LogExtent& extent);

  // Returns when all that was added is on the disk. kResourceExhausted where there is no space for
  // another file: nothing is lost then, and it can be called again. Any other error is returned by
  // every later call, too.
  absl::Status Sync();

  // The files that are needed, the oldest first, the one that is written to last.
  const std::deque<FileInfo>& files() const { return files_; }
  // The oldest file is not needed any more: it is removed soon after a later Sync. Requires that it
  // is not the last one.
  void Forget();

  uint64_t synced_groups() const { return synced_sequence_; }
  // Of all files, as far as they have been made.
  uint64_t size_bytes() const;

 private:
  WriteAheadLog(FileSystem& files, std::string directory, uint64_t file_bytes);

  std::string PathOf(uint64_t number) const;
  // Writes what was added as a group. Requires that anything was.
  absl::Status WriteGroup();
  absl::Status BeginFile(uint64_t bytes);
  // Writes zeros behind a group of so many bytes that was just written, unless there are some.
  absl::Status WriteZerosAhead(uint64_t group_bytes);
  absl::Status SyncFile();
  void RemoveForgotten();
  absl::Status Fail(const absl::Status& why, std::string_view what);

  FileSystem& file_system_;
  const std::string directory_;
  const uint64_t file_bytes_;

  std::deque<FileInfo> files_;
  std::unique_ptr<File> file_;  // the last of files_, once something was written
  uint64_t space_ = 0;          // bytes allocated in it
  uint64_t zeros_end_ = 0;      // zeros were written up to here in it
  uint64_t last_number_ = 0;
  uint64_t sequence_ = 0;  // of the last group that was written
  uint64_t synced_sequence_ = 0;
  std::vector<uint64_t> forgotten_;  // numbers of files to be removed
  bool tells_forgotten_ = false;     // a group was written that says so

  // Bytes that need no value before they are written.
  class Buffer {
   public:
    char* data() { return bytes_.get(); }
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::string_view view() const { return {bytes_.get(), size_}; }
    void Append(const void* bytes, size_t count);
    // Returns the place of so many more bytes, valid until there are more.
    char* Extend(size_t count);
    void clear() { size_ = 0; }

   private:
    std::unique_ptr<char[]> bytes_;
    size_t size_ = 0;
    size_t capacity_ = 0;
  };

  // The group that is being made, with room for its head in front.
  Buffer group_;
  std::map<uint64_t, IndexRange> of_group_;
  absl::Status failed_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_WRITE_AHEAD_LOG_H_
