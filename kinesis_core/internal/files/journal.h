// Journal: a file of records, each of which is there from its Append on, whatever kills the
// process.
//
// It is written from its beginning to its end and nowhere else. A record has its own length and
// checksums in front; kinesis_core/doc/file_format.md has the bytes. What a kill can leave is the
// beginning of one record at the end: the head says how long the record is and proves itself, so
// that a record that the file ends within is told from a damaged one. A journal is made, and
// replaced, under another name, and gets its own in one step.
//
// What it survives: the process, however it ends, once Append has returned. A loss of power: what
// Replace wrote, and all that was appended when Sync has returned. What was appended since may be
// there in part then, in any pieces. So that this is told from damage, each record says how much of
// the file was on the disk when it was written: a place that is no record, and that a whole record
// behind it says was on the disk, is damaged.
#ifndef KINESIS_CORE_INTERNAL_FILES_JOURNAL_H_
#define KINESIS_CORE_INTERNAL_FILES_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/base/mutex.h"

namespace kinesis::internal {

// Thread-safe. One at a time for a directory, which the lock of the directory sees to. The file
// system must outlive it.
class Journal {
 public:
  static constexpr uint32_t kFormatVersion = 2;
  static constexpr std::string_view kMagic = "kinesis journal\n";
  static constexpr std::string_view kFileName = "journal";
  static constexpr std::string_view kNewFileName = "journal.new";
  static constexpr size_t kRecordBytesMax = size_t{64} << 20;

  struct Opened {
    std::unique_ptr<Journal> journal;
    std::vector<std::string> records;  // in the order in which they were appended
    uint32_t page_bytes = 0;           // of the machine that made the journal
    uint64_t cut_bytes = 0;            // behind the last whole record
    std::string why;                   // of the cut; empty if nothing was cut
  };

  // Says, of the records in front of a place that is none, whether power was lost after they were
  // written.
  using PowerWasLost = std::function<bool(const std::vector<std::string>& records)>;

  // Opens the journal of a directory, and makes it if it is not there. What it returns is on the
  // disk. What lies behind the last
  // whole record is cut off; and if power was lost, what lies behind the first place that is no
  // record and was not on the disk. Errors, of which none changes anything: kFailedPrecondition,
  // the file is another program's, or of another version or byte order; kDataLoss, it is damaged in
  // front of a whole record, or in its header; those of the file system.
  static absl::StatusOr<Opened> Open(FileSystem& files, const std::string& directory,
                                     const PowerWasLost& power_was_lost);

  // The same without changing anything: `journal` is null, nothing is cut off, and a journal that
  // is not there is kNotFound. Also of a journal that another process appends to, whose newest
  // record may then be there in part.
  static absl::StatusOr<Opened> Read(FileSystem& files, const std::string& directory,
                                     const PowerWasLost& power_was_lost);

  // Returns when the record is in the file: in the memory of the system, that is, which the process
  // does not take with it. After an error nothing of it is there; if it could not be taken back,
  // this and every later Append returns the same error until Replace succeeds, and a reopened
  // journal may have the record. kInvalidArgument: it has more than kRecordBytesMax bytes.
  absl::Status Append(std::string_view record);

  // Returns when all that was appended is on the disk; at once if it is. After an error it is not
  // known what is: every later Append and Sync returns it until Replace succeeds.
  absl::Status Sync();

  // Makes these all the records there are, in one step: a reopened journal has them or those from
  // before. They survive a loss of power once it has returned. After an error the records from
  // before stand; if not even that could be made sure of, every later Append returns the error
  // until Replace succeeds, and a reopened journal has the ones or the others.
  absl::Status Replace(std::span<const std::string> records);

  // Why nothing is appended any more: then it is not known what a journal that is opened again has.
  // OK if something is.
  absl::Status failure() const;

  // The size of the file.
  uint64_t size_bytes() const;

 private:
  Journal(FileSystem& files, std::string directory);

  // Makes a file of `contents` at new_path_, which is on the disk when it returns.
  absl::StatusOr<std::unique_ptr<File>> WriteNew(std::string_view contents);
  // After a rename of it to path_ that may have been done: gives path_ the contents of file_ again,
  // and makes file_ what is there. False if that fails.
  bool Reinstate() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CannotBeWritten(const absl::Status& why) const;

  FileSystem& files_;
  const std::string directory_;
  const std::string path_;
  const std::string new_path_;

  mutable Mutex mutex_;
  std::unique_ptr<File> file_ ABSL_GUARDED_BY(mutex_);
  uint64_t size_ ABSL_GUARDED_BY(mutex_) = 0;          // up to the end of the last record
  uint64_t synced_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of these, on the disk
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_JOURNAL_H_
