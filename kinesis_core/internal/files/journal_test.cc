#include "kinesis_core/internal/files/journal.h"

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/base/xxh3.h"
#include "kinesis_core/internal/files/byte_codec.h"
#include "kinesis_core/internal/files/file_header.h"
#include "kinesis_core/testing/faulty_file_system.h"
#include "kinesis_core/testing/internal/temporary_directory.h"
#include "kinesis_core/testing/test_seed.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::internal {
namespace {

using absl::StatusCode;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FaultyFileSystem;
using testing::FileCall;
using testing::FileFault;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Mode = FileSystem::Mode;
using Records = std::vector<std::string>;

bool NotLost(const Records& /*records*/) { return false; }

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

// Where the second record begins behind one of "alice had tea".
constexpr size_t kSecond = 104;

class JournalTest : public ::testing::Test {
 protected:
  Journal::Opened Open() { return Journal::Open(files_, directory_.path(), NotLost).value(); }
  Records Stored() { return Journal::Read(files_, directory_.path(), NotLost).value().records; }

  std::string Bytes() {
    return files_.Open(path_, Mode::kReadOnly).value()->Read(0, ~uint64_t{0}).value();
  }
  void SetBytes(std::string_view bytes) {
    const auto file = files_.Open(path_, Mode::kCreate).value();
    ASSERT_EQ(file->Truncate(0), absl::OkStatus());
    ASSERT_EQ(file->Write(0, bytes), absl::OkStatus());
  }
  // Makes a journal of these records.
  void Store(const Records& records) {
    const Journal::Opened opened = Open();
    for (const std::string& record : records) {
      ASSERT_EQ(opened.journal->Append(record), absl::OkStatus());
    }
  }
  // What Open says to a file, which it must not have changed.
  absl::Status ErrorOf(std::string_view bytes) {
    SetBytes(bytes);
    const absl::Status read = Journal::Read(files_, directory_.path(), NotLost).status();
    const absl::Status opened = Journal::Open(files_, directory_.path(), NotLost).status();
    EXPECT_EQ(opened, read);
    EXPECT_EQ(Bytes(), bytes);
    return opened;
  }

  const testing::TemporaryDirectory directory_{testing::TemporaryDirectory::Where::kMemory};
  const std::string path_ = directory_ / "journal";
  FaultyFileSystem files_{FileSystem::Posix()};
};

// --- What it keeps -------------------------------------------------------------------------------

TEST_F(JournalTest, RecordsAreThereAgainInTheirOrder) {
  {
    const Journal::Opened made = Open();
    EXPECT_THAT(made.records, IsEmpty());
    for (const char* const record : {"a", "", "alice had tea"}) {
      ASSERT_EQ(made.journal->Append(record), absl::OkStatus());
    }
    EXPECT_EQ(made.journal->size_bytes(), Bytes().size());
  }
  const Journal::Opened opened = Open();
  EXPECT_THAT(opened.records, ElementsAre("a", "", "alice had tea"));
  EXPECT_EQ(opened.cut_bytes, 0U);
  EXPECT_EQ(opened.why, "");
  EXPECT_EQ(opened.page_bytes, static_cast<uint32_t>(sysconf(_SC_PAGESIZE)));
  ASSERT_EQ(opened.journal->Append(std::string(100'000, '\0')), absl::OkStatus());
  EXPECT_THAT(Stored(), ElementsAre("a", "", "alice had tea", std::string(100'000, '\0')));
  EXPECT_EQ(Bytes().size() % 8, 0U);
}

TEST_F(JournalTest, ReplaceLeavesItsRecordsAloneAndAppendsGoOnBehindThem) {
  Store({"a", "b"});
  const Journal::Opened opened = Open();
  ASSERT_EQ(opened.journal->Replace(Records{"c"}), absl::OkStatus());
  EXPECT_THAT(Stored(), ElementsAre("c"));
  ASSERT_EQ(opened.journal->Append("d"), absl::OkStatus());
  EXPECT_THAT(Stored(), ElementsAre("c", "d"));
  EXPECT_EQ(opened.journal->size_bytes(), Bytes().size());
  ASSERT_EQ(opened.journal->Replace({}), absl::OkStatus());
  EXPECT_THAT(Stored(), IsEmpty());
  EXPECT_EQ(opened.journal->size_bytes(), 64U);
  EXPECT_THAT(files_.List(directory_.path()).value(), ElementsAre("journal"));
}

TEST_F(JournalTest, ReadingChangesNothing) {
  EXPECT_EQ(Journal::Read(files_, directory_.path(), NotLost).status().code(),
            StatusCode::kNotFound);
  EXPECT_THAT(files_.List(directory_.path()).value(), IsEmpty());
  Store({"a", "b"});
  const std::string torn = Bytes().substr(0, Bytes().size() - 1);
  SetBytes(torn);
  const auto read = Journal::Read(files_, directory_.path(), NotLost);
  EXPECT_EQ(read->journal, nullptr);
  EXPECT_THAT(read->records, ElementsAre("a"));
  EXPECT_EQ(read->cut_bytes, 31U);
  EXPECT_EQ(Bytes(), torn);
}

TEST_F(JournalTest, WhatWasNotFinishedUnderTheOtherNameIsNoJournal) {
  const auto half = files_.Open(directory_ / "journal.new", Mode::kCreate).value();
  ASSERT_EQ(half->Write(0, std::string(1000, 'x')), absl::OkStatus());
  Store({"a"});
  EXPECT_THAT(Open().records, ElementsAre("a"));
  EXPECT_THAT(files_.List(directory_.path()).value(), ElementsAre("journal"));
}

TEST_F(JournalTest, ARecordMayBeAsLongAsTheLimitAndNoLonger) {
  const Journal::Opened opened = Open();
  std::string record(Journal::kRecordBytesMax, 'x');
  EXPECT_EQ(opened.journal->Append(record), absl::OkStatus());
  const uint64_t size = opened.journal->size_bytes();
  record += 'x';
  const absl::Status refused = opened.journal->Append(record);
  EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(MessageOf(refused),
            "a record of the journal has 67108865 bytes, and at most 67108864 are allowed");
  EXPECT_EQ(opened.journal->Replace(Records{"a", record}), refused);
  EXPECT_EQ(opened.journal->size_bytes(), size);
  EXPECT_EQ(Open().records.size(), 1U);
}

TEST_F(JournalTest, ThreadsAppendWithoutLosingARecord) {
  const Journal::Opened opened = Open();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&opened, thread] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(opened.journal->Append(std::string(1, static_cast<char>('a' + thread))).ok());
      }
    });
  }
  const testing::WaitingFor waiting("three threads that append");
  for (std::thread& thread : threads) thread.join();
  Records stored = Stored();
  std::sort(stored.begin(), stored.end());
  Records all(100, "a");
  all.resize(200, "b");
  all.resize(300, "c");
  EXPECT_EQ(stored, all);
}

// --- Where a kill may end it ---------------------------------------------------------------------

TEST_F(JournalTest, WhateverTheLastByteIsTheWholeRecordsAreThereAndTheRestIsCut) {
  const Records records = {"a", "", "alice had tea", "12345678", "b"};
  std::vector<uint64_t> ends = {64};
  {
    const Journal::Opened opened = Open();
    for (const std::string& record : records) {
      ASSERT_EQ(opened.journal->Append(record), absl::OkStatus());
      ends.push_back(opened.journal->size_bytes());
    }
  }
  const std::string bytes = Bytes();
  for (uint64_t size = 64; size <= bytes.size(); ++size) {
    SCOPED_TRACE(size);
    SetBytes(bytes.substr(0, size));
    const auto whole =
        static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin()) - 1;
    const Records expected(records.begin(), records.begin() + static_cast<ptrdiff_t>(whole));
    {
      const Journal::Opened opened = Open();
      EXPECT_EQ(opened.records, expected);
      EXPECT_EQ(opened.cut_bytes, size - ends[whole]);
      const std::string at = " at byte " + std::to_string(ends[whole]);
      if (opened.cut_bytes == 0) {
        EXPECT_EQ(opened.why, "");
      } else if (opened.cut_bytes < 24) {
        EXPECT_EQ(opened.why, "the file ends within the head of a record" + at);
      } else {
        EXPECT_EQ(opened.why, "the file ends within a record of " +
                                  std::to_string(records[whole].size()) + " bytes" + at);
      }
      EXPECT_EQ(Bytes().size(), ends[whole]);
      ASSERT_EQ(opened.journal->Append("next"), absl::OkStatus());
    }
    Records with_next = expected;
    with_next.push_back("next");
    EXPECT_EQ(Stored(), with_next);
  }
}

TEST_F(JournalTest, AFileThatEndsInItsHeaderIsDamaged) {
  Store({"a"});
  const std::string bytes = Bytes();
  for (const size_t size : {0, 1, 63}) {
    const absl::Status error = ErrorOf(bytes.substr(0, size));
    EXPECT_EQ(error.code(), StatusCode::kDataLoss);
    EXPECT_EQ(MessageOf(error), "the file \"" + path_ + "\" ends in its header: " +
                                    std::to_string(size) + " bytes of 64");
  }
}

TEST_F(JournalTest, AWriterThatIsKilledLosesNothingThatItWasToldIsThere) {
  const uint64_t seed = testing::SeedOr(21);
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  uint64_t last = 0;  // the number in the last record that may be there
  for (uint64_t kills = testing::SeedCountOr(40); kills > 0; --kills) {
    int acknowledged[2] = {};
    ASSERT_EQ(pipe(acknowledged), 0);
    const pid_t child = fork();
    if (child == 0) {
      // Numbers, one a record; at times the last one takes the place of all.
      Journal::Opened opened = Open();
      uint64_t next = opened.records.empty() ? 1 : std::stoull(opened.records.back()) + 1;
      for (;; ++next) {
        // Long ones, so that a kill finds them half written.
        const std::string record = std::to_string(next) + std::string(20'000, ' ');
        if (next % 16 == 0) {
          if (!opened.journal->Replace(Records{record}).ok()) _exit(1);
        } else if (!opened.journal->Append(record).ok()) {
          _exit(1);
        }
        if (write(acknowledged[1], "y", 1) != 1) _exit(1);
      }
    }
    close(acknowledged[1]);
    {
      const testing::WaitingFor waiting("a child that appends");
      char byte = 0;
      for (uint64_t reads = random() % 40; reads > 0; --reads) {
        ASSERT_EQ(read(acknowledged[0], &byte, 1), 1);
        ++last;
      }
      usleep(static_cast<useconds_t>(random() % 500));
      kill(child, SIGKILL);
      while (read(acknowledged[0], &byte, 1) == 1) ++last;
      int how = 0;
      ASSERT_EQ(waitpid(child, &how, 0), child);
      ASSERT_TRUE(WIFSIGNALED(how)) << how;
    }
    close(acknowledged[0]);
    const auto found = Journal::Open(files_, directory_.path(), NotLost);
    ASSERT_TRUE(found.ok()) << found.status();
    const Records& records = found->records;
    for (size_t i = 1; i < records.size(); ++i) {
      ASSERT_EQ(std::stoull(records[i]), std::stoull(records[i - 1]) + 1);
    }
    const uint64_t newest = records.empty() ? 0 : std::stoull(records.back());
    ASSERT_THAT(newest, AnyOf(last, last + 1)) << found->why;
    last = newest;
  }
}

// --- Damage --------------------------------------------------------------------------------------

TEST_F(JournalTest, AnyBitThatChangedInFrontOfAWholeRecordIsDamageAndNothingIsCut) {
  Store({"alice had tea", "bob", "carol"});
  const std::string bytes = Bytes();
  const size_t last = bytes.size() - 32;  // where the last record begins
  for (size_t at = 64; at < last; ++at) {
    SCOPED_TRACE(at);
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    const absl::Status error = ErrorOf(damaged);
    EXPECT_EQ(error.code(), StatusCode::kDataLoss);
    const bool is_first = at < kSecond;
    EXPECT_THAT(MessageOf(error), HasSubstr("the journal \"" + path_ + "\" is damaged: "));
    EXPECT_THAT(MessageOf(error), HasSubstr(" at byte " + std::to_string(is_first ? 64 : kSecond)));
    EXPECT_THAT(MessageOf(error),
                HasSubstr(", at byte " + std::to_string(is_first ? kSecond : last)));
  }
}

TEST_F(JournalTest, DamageBehindTheLastWholeRecordIsCut) {
  Store({"alice had tea", "bob"});
  const std::string bytes = Bytes();
  for (size_t at = kSecond; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    SetBytes(damaged);
    const Journal::Opened opened = Open();
    EXPECT_THAT(opened.records, ElementsAre("alice had tea"));
    EXPECT_EQ(opened.cut_bytes, bytes.size() - kSecond);
    EXPECT_EQ(opened.why, at < kSecond + 8
                              ? "no record begins at byte 104"
                              : "the record of 3 bytes at byte 104 does not have its checksum");
  }
}

TEST_F(JournalTest, ZerosBehindTheLastRecordAreNoRecords) {
  Store({"a"});
  SetBytes(Bytes() + std::string(4096, '\0'));
  const Journal::Opened opened = Open();
  EXPECT_THAT(opened.records, ElementsAre("a"));
  EXPECT_EQ(opened.cut_bytes, 4096U);
}

TEST_F(JournalTest, ALengthOverTheLimitIsNoneAlsoWithItsCheck) {
  Store({"a"});
  std::string bytes = Bytes();
  std::string length;
  ByteWriter(length).Uint32(Journal::kRecordBytesMax + 1);
  ByteWriter out(bytes);
  out.Uint32(Journal::kRecordBytesMax + 1);
  out.Uint32(static_cast<uint32_t>(Xxh3Of64Bits(length, 0)));
  out.Uint64(0);
  out.Uint64(0);
  SetBytes(bytes);
  EXPECT_EQ(Open().why, "no record begins at byte 96");
}

TEST_F(JournalTest, WhateverTheBytesAreNothingIsInventedAndNothingInFrontOfThemIsLost) {
  const uint64_t seed = testing::SeedOr(1);
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  Records records;
  for (size_t i = 0; i < 12; ++i) records.push_back(std::string(random() % 60, 'x') + "end");
  Store(records);
  const std::string bytes = Bytes();
  for (int file = 0; file < 2000; ++file) {
    std::string changed = bytes;
    size_t first = changed.size();  // the first byte that may be another
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      if (changed.size() == 64) break;
      const size_t at = 64 + random() % (changed.size() - 64);
      const size_t size = std::min<size_t>(1 + random() % 40, changed.size() - at);
      switch (random() % 4) {
        case 0:
          changed[at] = static_cast<char>(random());
          break;
        case 1:
          changed.replace(at, size, size, '\0');
          break;
        case 2:
          for (size_t i = 0; i < size; ++i) changed[at + i] = static_cast<char>(random());
          break;
        default:
          changed.resize(at);
      }
      first = std::min(first, at);
    }
    SetBytes(changed);
    const auto opened = Journal::Open(files_, directory_.path(), NotLost);
    if (!opened.ok()) {
      EXPECT_EQ(opened.status().code(), StatusCode::kDataLoss) << opened.status();
      EXPECT_EQ(Bytes(), changed);
      continue;
    }
    const size_t count = opened->records.size();
    ASSERT_LE(count, records.size());
    EXPECT_TRUE(std::equal(opened->records.begin(), opened->records.end(), records.begin()));
    EXPECT_EQ(Bytes(), bytes.substr(0, Bytes().size()));
    EXPECT_GE(Bytes().size() + 24 + 64, first);  // less than a record in front of it is cut off
  }
}

TEST_F(JournalTest, AFileOfAnotherKindVersionOrByteOrderIsRefusedByName) {
  const std::string magic = EncodeFileHeader({.magic = "kinesis diary  \n", .version = 1});
  absl::Status error = ErrorOf(magic);
  EXPECT_EQ(error.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(MessageOf(error), "the file \"" + path_ +
                                  "\" has the magic number \"kinesis diary  \\n\", and what this "
                                  "program reads has \"kinesis journal\\n\"");
  error = ErrorOf(EncodeFileHeader({.magic = Journal::kMagic, .version = 7}));
  EXPECT_EQ(error.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(MessageOf(error), "the file \"" + path_ +
                                  "\" has the format version 7, and what this program reads has 2");
  std::string foreign =
      EncodeFileHeader({.magic = Journal::kMagic, .version = Journal::kFormatVersion});
  std::reverse(foreign.begin() + 20, foreign.begin() + 24);
  foreign.resize(56);
  ByteWriter(foreign).Uint64(Xxh3Of64Bits(foreign, 0));
  error = ErrorOf(foreign);
  EXPECT_EQ(error.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(error), HasSubstr("the file \"" + path_ + "\" has the byte order "));
  EXPECT_THAT(MessageOf(error), HasSubstr("big-endian"));
  EXPECT_THAT(MessageOf(error), HasSubstr("little-endian"));
}

TEST_F(JournalTest, AnyBitThatChangedInTheHeaderIsFound) {
  Store({"a"});
  const std::string bytes = Bytes();
  for (size_t at = 0; at < 64; ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_EQ(ErrorOf(damaged).code(),
              at < 20 ? StatusCode::kFailedPrecondition : StatusCode::kDataLoss)
        << at;
  }
}

// --- A disk that fails ---------------------------------------------------------------------------

// What was told to whoever uses a journal, and so what must be in it.
class Witness {
 public:
  void Appended(const std::string& record, const absl::Status& status) {
    Records with = acknowledged_;
    with.push_back(record);
    Note(std::move(with), status);
  }
  void Replaced(const Records& records, const absl::Status& status) { Note(records, status); }

  int failures() const { return failures_; }
  const Records& acknowledged() const { return acknowledged_; }
  // The same, and what may be there if the journal could not be put back after an error.
  const std::vector<Records>& possible() const { return possible_; }

 private:
  void Note(Records records, const absl::Status& status) {
    if (status.ok()) {
      acknowledged_ = std::move(records);
      possible_.clear();
      possible_.push_back(acknowledged_);
    } else {
      EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status;
      possible_.push_back(std::move(records));
      ++failures_;
    }
  }

  int failures_ = 0;
  Records acknowledged_;
  std::vector<Records> possible_ = {Records()};
};

class JournalFaultTest : public JournalTest {
 protected:
  // A life of a journal on a disk that fails as it likes: each call is made once, and a journal
  // that does not open is tried again with the next one.
  Witness Live() {
    Witness witness;
    std::unique_ptr<Journal> journal;
    const auto open = [&] {
      journal.reset();
      auto opened = Journal::Open(files_, directory_.path(), NotLost);
      EXPECT_TRUE(opened.ok() || opened.status().code() == StatusCode::kResourceExhausted)
          << opened.status();
      if (opened.ok()) journal = std::move(opened->journal);
    };
    const auto append = [&](const std::string& record) {
      if (journal == nullptr) open();
      if (journal != nullptr) witness.Appended(record, journal->Append(record));
    };
    const auto replace = [&](const Records& records) {
      if (journal == nullptr) open();
      if (journal != nullptr) witness.Replaced(records, journal->Replace(records));
    };
    for (const char* const record : {"a", "b", "c"}) append(record);
    replace({"d", "e"});
    append("f");
    open();
    append("g");
    replace({});
    append("h");
    return witness;
  }

  void Clear() {
    files_.FailNothing();
    for (const char* const name : {"journal", "journal.new"}) {
      files_.Remove(directory_ / name).IgnoreError();
    }
  }
};

TEST_F(JournalFaultTest, WhicheverCallFailsNothingAcknowledgedIsLostAndNothingElseIsThere) {
  Live();
  const uint64_t calls = files_.calls();
  ASSERT_GE(calls, 30U);
  for (const uint64_t times : {uint64_t{1}, uint64_t{2}, uint64_t{3}, FileFault::kAlways}) {
    for (const uint64_t bytes_written : {0, 5, 1000}) {
      for (const bool is_done : {false, true}) {
        for (uint64_t skip = 0; skip < calls; ++skip) {
          SCOPED_TRACE(::testing::Message() << "call " << skip << ", " << times << " times, after "
                                            << bytes_written << " bytes, done " << is_done);
          Clear();
          files_.Fail(
              {.skip = skip, .times = times, .bytes_written = bytes_written, .is_done = is_done});
          const Witness witness = Live();
          files_.FailNothing();
          auto opened = Journal::Open(files_, directory_.path(), NotLost);
          ASSERT_TRUE(opened.ok()) << opened.status();
          if (times == 1) {
            // One failure is put right at once.
            EXPECT_LE(witness.failures(), 1);
            EXPECT_EQ(opened->records, witness.acknowledged());
            EXPECT_EQ(opened->why, "");
          } else {
            EXPECT_THAT(witness.possible(), Contains(opened->records));
          }
          // And it goes on from there.
          Records all = opened->records;
          all.push_back("next");
          ASSERT_EQ(opened->journal->Append("next"), absl::OkStatus());
          EXPECT_EQ(Stored(), all);
        }
      }
    }
  }
}

TEST_F(JournalFaultTest, AfterAWriteThatFailedTheNextOneMayGoWell) {
  const Journal::Opened opened = Open();
  files_.Fail({.call = FileCall::kWrite, .bytes_written = 20});
  const absl::Status error = opened.journal->Append("a");
  EXPECT_EQ(error.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(MessageOf(error), "the journal \"" + path_ + "\" can not be written: the disk is full");
  EXPECT_EQ(Bytes().size(), 64U);
  EXPECT_EQ(opened.journal->Append("b"), absl::OkStatus());
  EXPECT_THAT(Stored(), ElementsAre("b"));
}

TEST_F(JournalFaultTest, AWriteThatCannotBeTakenBackIsTheLastUntilReplaceMakesANewJournal) {
  const Journal::Opened opened = Open();
  ASSERT_EQ(opened.journal->Append("a"), absl::OkStatus());
  files_.Fail({.times = 2, .status = absl::DataLossError("broken"), .bytes_written = 1000});
  const absl::Status error = opened.journal->Append("b");
  EXPECT_EQ(error.code(), StatusCode::kDataLoss);
  EXPECT_EQ(opened.journal->Append("c"), error);  // the disk is well again
  EXPECT_THAT(Stored(), ElementsAre("a", "b"));
  ASSERT_EQ(opened.journal->Replace(Records{"a"}), absl::OkStatus());
  EXPECT_EQ(opened.journal->Append("c"), absl::OkStatus());
  EXPECT_THAT(Stored(), ElementsAre("a", "c"));
}

TEST_F(JournalFaultTest, AReplaceThatFailsLeavesTheJournalInUseAndNoSpaceTaken) {
  const Journal::Opened opened = Open();
  ASSERT_EQ(opened.journal->Append("a"), absl::OkStatus());
  for (const FileCall call : {FileCall::kOpen, FileCall::kTruncate, FileCall::kWrite,
                              FileCall::kSync, FileCall::kRename, FileCall::kSyncDirectory}) {
    files_.Fail({.call = call, .status = absl::ResourceExhaustedError("the disk is full")});
    const absl::Status error = opened.journal->Replace(Records{"x"});
    EXPECT_EQ(MessageOf(error),
              "the journal \"" + path_ + "\" can not be written: the disk is full")
        << call;
    EXPECT_THAT(Stored(), ElementsAre("a")) << call;
    if (call != FileCall::kRename) {
      EXPECT_THAT(files_.List(directory_.path()).value(), ElementsAre("journal")) << call;
    }
  }
  // No descriptors are left, for a while: what is open goes on.
  files_.Fail({.call = FileCall::kOpen, .times = FileFault::kAlways});
  EXPECT_FALSE(opened.journal->Replace(Records{"x"}).ok());
  EXPECT_EQ(opened.journal->Append("b"), absl::OkStatus());
  files_.FailNothing();
  EXPECT_THAT(Stored(), ElementsAre("a", "b"));
}

TEST_F(JournalFaultTest, ATornTailThatCannotBeCutOffIsLeftAndReported) {
  Store({"a", "b"});
  const std::string torn = Bytes().substr(0, Bytes().size() - 1);
  SetBytes(torn);
  files_.Fail({.call = FileCall::kTruncate, .status = absl::DataLossError("broken")});
  EXPECT_EQ(Journal::Open(files_, directory_.path(), NotLost).status(),
            absl::DataLossError("broken"));
  EXPECT_EQ(Bytes(), torn);
  EXPECT_THAT(Open().records, ElementsAre("a"));
}

}  // namespace
}  // namespace kinesis::internal
