#include "kinesis_core/testing/simulated_disk.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/testing/faulty_file_system.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {
namespace {

using absl::StatusCode;
using Mode = FileSystem::Mode;

constexpr uint64_t kSector = 512;
constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();

// Returns what `run` returns for many disks that differ in their seed.
template <class Result>
std::set<Result> Outcomes(const std::function<Result(SimulatedDisk&)>& run, uint64_t disks = 300) {
  const uint64_t first = SeedOr(1);
  std::set<Result> outcomes;
  for (uint64_t seed = first; seed < first + disks; ++seed) {
    SimulatedDisk disk(seed);
    outcomes.insert(run(disk));
  }
  return outcomes;
}

void Restart(SimulatedDisk& disk) {
  disk.LosePower();
  disk.Start();
}

// "-": there is no such file.
std::string Contents(SimulatedDisk& disk, const std::string& path) {
  const auto file = disk.Open(path, Mode::kReadOnly);
  if (!file.ok()) {
    EXPECT_EQ(file.status().code(), StatusCode::kNotFound) << file.status();
    return "-";
  }
  return (*file)->Read(0, kAll).value();
}

// A file of one folder, with name and contents on the platter.
std::unique_ptr<File> Synced(SimulatedDisk& disk, const std::string& path,
                             const std::string& contents) {
  auto file = disk.Open(path, Mode::kCreate).value();
  EXPECT_EQ(file->Write(0, contents), absl::OkStatus());
  EXPECT_EQ(file->Sync(), absl::OkStatus());
  EXPECT_EQ(disk.SyncDirectory("/"), absl::OkStatus());
  return file;
}

std::string Sectors(const std::string& letters) {
  std::string all;
  for (const char letter : letters) all.append(kSector, letter);
  return all;
}

// One letter for each sector, which is whole.
std::string Letters(const std::string& sectors) {
  std::string letters;
  for (uint64_t at = 0; at < sectors.size(); at += kSector) {
    EXPECT_EQ(sectors.substr(at, kSector), std::string(kSector, sectors[at])) << "a torn sector";
    letters += sectors[at] == '\0' ? '0' : sectors[at];
  }
  return letters;
}

using Strings = std::set<std::string>;

// --- As a file system ----------------------------------------------------------------------------

TEST(SimulatedDiskTest, FilesAreWrittenReadCutAndLengthened) {
  SimulatedDisk disk(1);
  const auto file = disk.Open("file", Mode::kCreate).value();
  EXPECT_EQ(file->Size().value(), 0U);
  EXPECT_EQ(file->Write(2, "tea"), absl::OkStatus());
  EXPECT_EQ(file->Read(0, kAll).value(), std::string("\0\0tea", 5));
  EXPECT_EQ(file->Read(3, 1).value(), "e");
  EXPECT_EQ(file->Read(5, 1).value(), "");
  EXPECT_EQ(file->Truncate(3), absl::OkStatus());
  EXPECT_EQ(file->Truncate(5), absl::OkStatus());
  EXPECT_EQ(file->Read(0, kAll).value(), std::string("\0\0t\0\0", 5));
  EXPECT_EQ(file->Truncate(uint64_t{1} << 40), absl::OkStatus());
  EXPECT_EQ(file->Read((uint64_t{1} << 40) - 1, 2).value(), std::string(1, '\0'));
  EXPECT_EQ(file->Allocate(uint64_t{3} << 30, 1), absl::OkStatus());
  EXPECT_EQ(file->Size().value(), uint64_t{1} << 40);
  EXPECT_EQ(file->Write(kAll, "x").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(file->Allocate(0, kAll).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(file->Truncate(kAll).code(), StatusCode::kResourceExhausted);
}

TEST(SimulatedDiskTest, ReleaseMakesZerosAndGivesSpaceBack) {
  SimulatedDisk disk(1);
  const auto file = disk.Open("file", Mode::kCreate).value();
  EXPECT_EQ(file->Write(0, std::string(100'000, 'x')), absl::OkStatus());
  EXPECT_EQ(disk.space_bytes(), 25U * 4096);
  EXPECT_EQ(file->Release(10, 20), absl::OkStatus());
  EXPECT_EQ(disk.space_bytes(), 25U * 4096);
  EXPECT_EQ(file->Release(4000, 5000), absl::OkStatus());
  EXPECT_EQ(disk.space_bytes(), 24U * 4096);
  std::string expected(100'000, 'x');
  expected.replace(10, 20, 20, '\0');
  expected.replace(4000, 5000, 5000, '\0');
  EXPECT_EQ(file->Read(0, kAll).value(), expected);
  EXPECT_EQ(file->Release(0, kAll), absl::OkStatus());
  EXPECT_EQ(disk.space_bytes(), 0U);
  EXPECT_EQ(file->Read(0, kAll).value(), std::string(100'000, '\0'));
}

TEST(SimulatedDiskTest, AMappingIsTheFile) {
  SimulatedDisk disk(1);
  const auto file = disk.Open("file", Mode::kCreate).value();
  EXPECT_EQ(file->Write(0, "tea"), absl::OkStatus());
  EXPECT_EQ(file->Map(0, true).status().code(), StatusCode::kInvalidArgument);
  std::byte* const mapped = file->Map(uint64_t{32} << 30, true).value();
  EXPECT_EQ(file->Map(1, true).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(std::memcmp(mapped, "tea", 3), 0);
  EXPECT_EQ(file->Allocate(uint64_t{31} << 30, 10), absl::OkStatus());
  mapped[uint64_t{31} << 30] = std::byte{'x'};
  EXPECT_EQ(file->Read(uint64_t{31} << 30, 1).value(), "x");
  const auto other = disk.Open("file", Mode::kReadWrite).value();
  std::byte* const others = other->Map(10, false).value();
  EXPECT_EQ(file->Write(1, "ax"), absl::OkStatus());
  EXPECT_EQ(std::memcmp(mapped, "tax", 3), 0);
  EXPECT_EQ(std::memcmp(others, "tax", 3), 0);
}

TEST(SimulatedDiskTest, FoldersHoldNames) {
  SimulatedDisk disk(1);
  EXPECT_EQ(disk.CreateDirectory("/a/b").code(), StatusCode::kNotFound);
  EXPECT_EQ(disk.CreateDirectory("/a"), absl::OkStatus());
  EXPECT_EQ(disk.CreateDirectory("a/"), absl::OkStatus());
  EXPECT_EQ(disk.CreateDirectory("/"), absl::OkStatus());
  EXPECT_EQ(disk.CreateDirectory("./a/b"), absl::OkStatus());
  EXPECT_EQ(disk.Open("/a", Mode::kCreate).status().code(), StatusCode::kInternal);
  EXPECT_EQ(disk.Open("/a/c", Mode::kReadWrite).status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(disk.Open("/a/c", Mode::kCreate).ok());
  EXPECT_EQ(disk.Open("/a/c/d", Mode::kCreate).status().code(), StatusCode::kInternal);
  EXPECT_EQ(disk.CreateDirectory("/a/c").code(), StatusCode::kInternal);
  EXPECT_EQ(disk.List("/a").value(), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(disk.Remove("/a").code(), StatusCode::kInternal);
  EXPECT_EQ(disk.Rename("/a", "/a/b/c").code(), StatusCode::kInternal);
  EXPECT_EQ(disk.Rename("/a/c", "/a/b").code(), StatusCode::kInternal);
  EXPECT_EQ(disk.Rename("/a/c", "/a/b/d"), absl::OkStatus());
  EXPECT_EQ(disk.Rename("/a/c", "/a/b/d").code(), StatusCode::kNotFound);
  EXPECT_EQ(disk.Rename("/a/b", "/e"), absl::OkStatus());
  EXPECT_EQ(disk.List("e").value(), std::vector<std::string>{"d"});
  EXPECT_EQ(disk.Remove("/e/d"), absl::OkStatus());
  EXPECT_EQ(disk.Remove("/e"), absl::OkStatus());
  EXPECT_EQ(disk.List("/").value(), std::vector<std::string>{"a"});
  EXPECT_EQ(disk.Remove("/").code(), StatusCode::kInternal);
  EXPECT_EQ(disk.List("/e").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(disk.SyncDirectory("/e").code(), StatusCode::kNotFound);
  EXPECT_EQ(disk.Remove(std::string("a\0b", 3)).code(), StatusCode::kInvalidArgument);
}

TEST(SimulatedDiskTest, AFileThatIsRemovedIsThereForThoseWhoHaveItOpen) {
  SimulatedDisk disk(1);
  const auto file = Synced(disk, "file", "tea");
  EXPECT_EQ(disk.Remove("file"), absl::OkStatus());
  EXPECT_EQ(disk.Open("file", Mode::kReadOnly).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(file->Read(0, kAll).value(), "tea");
}

TEST(SimulatedDiskTest, ALockIsHeldOnceAndGivenBack) {
  SimulatedDisk disk(1);
  auto lock = disk.Lock("lock");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(disk.Lock("lock").status().code(), StatusCode::kUnavailable);
  lock->reset();
  EXPECT_TRUE(disk.Lock("lock").ok());
}

TEST(SimulatedDiskTest, AFullDiskRefusesWhatHasNoSpace) {
  SimulatedDisk disk(1);
  disk.set_capacity(8192);
  const auto file = disk.Open("file", Mode::kCreate).value();
  EXPECT_EQ(file->Allocate(0, 8193).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(file->Allocate(0, 4096), absl::OkStatus());
  const auto other = disk.Open("other", Mode::kCreate).value();
  EXPECT_EQ(other->Write(0, "x"), absl::OkStatus());
  EXPECT_EQ(file->Write(4096, "x").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(file->Write(0, "x"), absl::OkStatus());
  EXPECT_EQ(other->Truncate(0), absl::OkStatus());
  EXPECT_EQ(file->Write(4096, "x"), absl::OkStatus());
  EXPECT_EQ(disk.space_bytes(), 8192U);
}

// --- A loss of power -----------------------------------------------------------------------------

TEST(SimulatedDiskTest, WhatWasSyncedIsThere) {
  EXPECT_EQ(Outcomes<std::string>([](SimulatedDisk& disk) {
              Synced(disk, "file", Sectors("ab") + "c");
              Restart(disk);
              return Contents(disk, "file");
            }),
            Strings{Sectors("ab") + "c"});
}

TEST(SimulatedDiskTest, WhatWasStoredThroughAMappingIsSyncedWithTheFile) {
  EXPECT_EQ(Outcomes<std::string>([](SimulatedDisk& disk) {
              {
                const auto file = Synced(disk, "file", Sectors("ab"));
                std::byte* const mapped = file->Map(uint64_t{1} << 30, true).value();
                mapped[kSector] = std::byte{'c'};
                EXPECT_EQ(file->Sync(), absl::OkStatus());
              }
              Restart(disk);
              return Contents(disk, "file").substr(0, kSector + 2);
            }),
            Strings{Sectors("a") + "cb"});
}

TEST(SimulatedDiskTest, OfSectorsThatWereNotSyncedAnySubsetIsThere) {
  const auto run = [](bool is_mapped) {
    return Outcomes<std::string>([=](SimulatedDisk& disk) {
      {
        const auto file = Synced(disk, "file", Sectors("aaa"));
        if (is_mapped) {
          std::byte* const mapped = file->Map(3 * kSector, true).value();
          std::memcpy(mapped, Sectors("bbb").data(), 3 * kSector);
        } else {
          EXPECT_EQ(file->Write(0, Sectors("bbb")), absl::OkStatus());
        }
      }
      Restart(disk);
      return Letters(Contents(disk, "file"));
    });
  };
  const Strings all = {"aaa", "aab", "aba", "abb", "baa", "bab", "bba", "bbb"};
  EXPECT_EQ(run(false), all);
  EXPECT_EQ(run(true), all);
}

TEST(SimulatedDiskTest, ASectorMayBeAsItWasAtAnyCallSinceItWasSynced) {
  const auto outcomes = Outcomes<std::string>(
      [](SimulatedDisk& disk) {
        {
          const auto file = Synced(disk, "file", Sectors("aa"));
          for (const char letter : {'b', 'c', 'd'}) {
            EXPECT_EQ(file->Write(0, Sectors({letter, letter})), absl::OkStatus());
            for (int i = 0; i < 8; ++i) EXPECT_TRUE(file->Size().ok());
          }
        }
        Restart(disk);
        return Letters(Contents(disk, "file"));
      },
      2000);
  for (const std::string expected : {"aa", "bb", "cc", "dd", "ab", "ba", "ad", "da", "bd", "cb"}) {
    EXPECT_EQ(outcomes.count(expected), 1U) << expected;
  }
}

TEST(SimulatedDiskTest, AFileMayHaveAnySizeSinceItWasSynced) {
  const auto outcomes = Outcomes<uint64_t>([](SimulatedDisk& disk) {
    {
      const auto file = Synced(disk, "file", "tea");
      EXPECT_EQ(file->Write(3, " and milk"), absl::OkStatus());
    }
    Restart(disk);
    const std::string contents = Contents(disk, "file");
    const std::string whole = "tea and milk";
    // What is behind the end that the sector had is zero if the sector is as it was.
    EXPECT_TRUE(contents == whole.substr(0, contents.size()) ||
                contents == "tea" + std::string(contents.size() - 3, '\0'))
        << contents;
    return contents.size();
  });
  EXPECT_EQ(outcomes, (std::set<uint64_t>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  const auto cut = Outcomes<uint64_t>([](SimulatedDisk& disk) {
    {
      const auto file = Synced(disk, "file", "tea");
      EXPECT_EQ(file->Truncate(1), absl::OkStatus());
    }
    Restart(disk);
    return Contents(disk, "file").size();
  });
  EXPECT_EQ(cut, (std::set<uint64_t>{1, 2, 3}));
}

TEST(SimulatedDiskTest, ATailThatWasCutMayStandBehindWhatIsAppended) {
  const auto outcomes = Outcomes<std::string>([](SimulatedDisk& disk) {
    {
      const auto file = Synced(disk, "file", Sectors("abcd"));
      EXPECT_EQ(file->Truncate(kSector), absl::OkStatus());
      EXPECT_EQ(file->Write(kSector, Sectors("x")), absl::OkStatus());
    }
    Restart(disk);
    const std::string contents = Contents(disk, "file");
    return contents.size() == 4 * kSector ? Letters(contents) : "";
  });
  EXPECT_EQ(outcomes.count("axcd"), 1U);
  EXPECT_EQ(outcomes.count("abcd"), 1U);
}

TEST(SimulatedDiskTest, WhatWasReleasedMayBeThereAgain) {
  const auto outcomes = Outcomes<std::string>([](SimulatedDisk& disk) {
    {
      const auto file = Synced(disk, "file", std::string(4096, 'a'));
      EXPECT_EQ(file->Release(0, 4096), absl::OkStatus());
    }
    Restart(disk);
    return Letters(Contents(disk, "file"));
  });
  EXPECT_EQ(outcomes.count("aaaaaaaa"), 1U);
  EXPECT_EQ(outcomes.count("00000000"), 1U);
  EXPECT_GT(outcomes.size(), 10U);
}

TEST(SimulatedDiskTest, AFileWhoseNameWasNotSyncedMayBeGone) {
  EXPECT_EQ(Outcomes<std::string>([](SimulatedDisk& disk) {
              {
                const auto file = disk.Open("file", Mode::kCreate).value();
                EXPECT_EQ(file->Write(0, "tea"), absl::OkStatus());
                EXPECT_EQ(file->Sync(), absl::OkStatus());
              }
              Restart(disk);
              return Contents(disk, "file");
            }),
            (Strings{"-", "tea"}));
}

TEST(SimulatedDiskTest, ANameIsSyncedInItsOwnFolderAndTheFolderInItsParent) {
  const auto run = [](bool syncs_parent) {
    return Outcomes<std::string>([=](SimulatedDisk& disk) {
      EXPECT_EQ(disk.CreateDirectory("a"), absl::OkStatus());
      EXPECT_TRUE(disk.Open("a/file", Mode::kCreate).ok());
      EXPECT_EQ(disk.SyncDirectory("a"), absl::OkStatus());
      if (syncs_parent) {
        EXPECT_EQ(disk.SyncDirectory("/"), absl::OkStatus());
      }
      Restart(disk);
      return Contents(disk, "a/file");
    });
  };
  EXPECT_EQ(run(false), (Strings{"-", ""}));
  EXPECT_EQ(run(true), Strings{""});
}

TEST(SimulatedDiskTest, ARenamingIsDoneAsAWholeOrNotAtAll) {
  const auto run = [](bool syncs) {
    return Outcomes<std::string>([=](SimulatedDisk& disk) {
      Synced(disk, "file", "old");
      Synced(disk, "new", "new");
      EXPECT_EQ(disk.Rename("new", "file"), absl::OkStatus());
      if (syncs) {
        EXPECT_EQ(disk.SyncDirectory("/"), absl::OkStatus());
      }
      Restart(disk);
      return Contents(disk, "file") + " " + Contents(disk, "new");
    });
  };
  EXPECT_EQ(run(false), (Strings{"old new", "new -"}));
  EXPECT_EQ(run(true), Strings{"new -"});
}

TEST(SimulatedDiskTest, AFileThatIsRenamedToAnotherFolderIsInOne) {
  const auto run = [](const std::string& synced) {
    return Outcomes<std::string>([=](SimulatedDisk& disk) {
      EXPECT_EQ(disk.CreateDirectory("a"), absl::OkStatus());
      EXPECT_EQ(disk.CreateDirectory("b"), absl::OkStatus());
      EXPECT_EQ(disk.SyncDirectory("/"), absl::OkStatus());
      Synced(disk, "a/file", "tea");
      EXPECT_EQ(disk.Rename("a/file", "b/file"), absl::OkStatus());
      if (!synced.empty()) {
        EXPECT_EQ(disk.SyncDirectory(synced), absl::OkStatus());
      }
      Restart(disk);
      return Contents(disk, "a/file") + " " + Contents(disk, "b/file");
    });
  };
  EXPECT_EQ(run(""), (Strings{"- -", "tea -", "- tea"}));
  EXPECT_EQ(run("a"), Strings{"- tea"});
  EXPECT_EQ(run("b"), Strings{"- tea"});
}

TEST(SimulatedDiskTest, AFileThatWasRemovedMayBeThereAgainUntilTheFolderIsSynced) {
  const auto run = [](bool syncs) {
    return Outcomes<std::string>([=](SimulatedDisk& disk) {
      Synced(disk, "file", "tea");
      EXPECT_EQ(disk.Remove("file"), absl::OkStatus());
      if (syncs) {
        EXPECT_EQ(disk.SyncDirectory("/"), absl::OkStatus());
      }
      Restart(disk);
      return Contents(disk, "file");
    });
  };
  EXPECT_EQ(run(false), (Strings{"-", "tea"}));
  EXPECT_EQ(run(true), Strings{"-"});
}

// --- Runs ----------------------------------------------------------------------------------------

TEST(SimulatedDiskTest, WhatARunHadOpenIsDeadWhenItHasEnded) {
  for (const bool is_kill : {false, true}) {
    SimulatedDisk disk(1);
    const std::string boot = disk.BootId();
    const auto file = Synced(disk, "file", "tea");
    std::byte* const mapped = file->Map(4096, true).value();
    const auto lock = disk.Lock("lock").value();
    EXPECT_EQ(disk.SyncDirectory("/"), absl::OkStatus());
    if (is_kill) {
      disk.Kill();
    } else {
      disk.LosePower();
    }
    EXPECT_FALSE(disk.is_running());
    EXPECT_EQ(disk.List("/").status().code(), StatusCode::kUnavailable);
    disk.Start();
    EXPECT_TRUE(disk.is_running());
    EXPECT_EQ(disk.BootId() == boot, is_kill);
    mapped[0] = std::byte{'x'};
    EXPECT_EQ(file->Sync().code(), StatusCode::kUnavailable);
    EXPECT_EQ(file->Write(0, "milk").code(), StatusCode::kUnavailable);
    EXPECT_EQ(Contents(disk, "file"), "tea");
    EXPECT_TRUE(disk.Lock("lock").ok());
  }
}

TEST(SimulatedDiskTest, WhatAProcessWroteOutlivesIt) {
  EXPECT_EQ(Outcomes<std::string>([](SimulatedDisk& disk) {
              {
                const auto file = disk.Open("file", Mode::kCreate).value();
                EXPECT_EQ(file->Write(0, "tea"), absl::OkStatus());
                file->Map(uint64_t{1} << 30, true).value()[1] = std::byte{'o'};
                disk.Kill();
                EXPECT_EQ(file->Size().status().code(), StatusCode::kUnavailable);
              }
              disk.Start();
              return Contents(disk, "file");
            }),
            Strings{"toa"});
}

TEST(SimulatedDiskTest, AnEndComesAtTheCallThatWasChosen) {
  for (uint64_t calls = 0; calls < 4; ++calls) {
    SimulatedDisk disk(calls);
    disk.LosePowerWithin(calls);
    const uint64_t before = disk.calls();
    for (uint64_t i = 0; i < calls; ++i) EXPECT_TRUE(disk.List("/").ok());
    EXPECT_EQ(disk.calls(), before + calls);
    EXPECT_TRUE(disk.is_running());
    EXPECT_EQ(disk.List("/").status().code(), StatusCode::kUnavailable);
    EXPECT_FALSE(disk.is_running());
    disk.Start();
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(disk.List("/").ok()) << "the plan has ended";
  }
}

TEST(SimulatedDiskTest, AnEndComesBeforeTheCallInTheMidstOfItOrWhenItIsDone) {
  const auto outcomes = Outcomes<std::string>([](SimulatedDisk& disk) {
    {
      const auto file = Synced(disk, "file", "");
      disk.KillWithin(0);
      EXPECT_EQ(file->Write(0, "tea").code(), StatusCode::kUnavailable);
    }
    disk.Start();
    return Contents(disk, "file");
  });
  EXPECT_EQ(outcomes, (Strings{"", "t", "te", "tea"}));
  // A call that gives something the caller never gets.
  for (uint64_t seed = 1; seed < 20; ++seed) {
    SimulatedDisk disk(seed);
    disk.KillWithin(0);
    EXPECT_EQ(disk.Lock("lock").status().code(), StatusCode::kUnavailable);
    disk.Start();
    EXPECT_TRUE(disk.Lock("lock").ok());
  }
}

TEST(SimulatedDiskTest, TheSameSeedAndCallsMakeTheSameDisk) {
  const auto run = [](uint64_t seed) {
    SimulatedDisk disk(seed);
    {
      const auto file = Synced(disk, "file", Sectors(std::string(64, 'a')));
      EXPECT_EQ(file->Write(0, Sectors(std::string(64, 'b'))), absl::OkStatus());
    }
    Restart(disk);
    return Letters(Contents(disk, "file"));
  };
  for (uint64_t seed = 1; seed < 20; ++seed) EXPECT_EQ(run(seed), run(seed));
}

// --- What is wrong with it -----------------------------------------------------------------------

TEST(SimulatedDiskTest, ASyncThatFollowsAFailedOneSaysNothingOfWhatThatHadToWrite) {
  const auto run = [](bool writes_again) {
    return Outcomes<std::string>([=](SimulatedDisk& disk) {
      {
        const auto file = Synced(disk, "file", Sectors("aaa"));
        EXPECT_EQ(file->Write(0, Sectors("bbb")), absl::OkStatus());
        disk.FailSync(1);
        EXPECT_EQ(disk.SyncDirectory("/"), absl::OkStatus());
        EXPECT_EQ(file->Sync().code(), StatusCode::kDataLoss);
        if (writes_again) {
          EXPECT_EQ(file->Write(0, Sectors("bbb")), absl::OkStatus());
        }
        EXPECT_EQ(file->Sync(), absl::OkStatus());
      }
      Restart(disk);
      return Letters(Contents(disk, "file"));
    });
  };
  EXPECT_EQ(run(false).size(), 8U);
  EXPECT_EQ(run(true), Strings{"bbb"});
}

TEST(SimulatedDiskTest, AFailedSyncMayUndoAWriteForWhoeverReads) {
  const auto run = [](bool is_mapped) {
    return Outcomes<std::string>([=](SimulatedDisk& disk) {
      const auto file = Synced(disk, "file", Sectors("a"));
      if (is_mapped) {
        EXPECT_TRUE(file->Map(1, false).ok());
      }
      EXPECT_EQ(file->Write(0, Sectors("b")), absl::OkStatus());
      disk.FailSync(0);
      EXPECT_FALSE(file->Sync().ok());
      return Letters(file->Read(0, kAll).value());
    });
  };
  EXPECT_EQ(run(false), (Strings{"a", "b"}));
  EXPECT_EQ(run(true), Strings{"b"});
}

TEST(SimulatedDiskTest, ANameOfAFailedSyncMayBeGoneAfterALaterOne) {
  EXPECT_EQ(Outcomes<std::string>([](SimulatedDisk& disk) {
              EXPECT_TRUE(disk.Open("file", Mode::kCreate).ok());
              disk.FailSync(0);
              EXPECT_EQ(disk.SyncDirectory("/").code(), StatusCode::kDataLoss);
              EXPECT_EQ(disk.SyncDirectory("/"), absl::OkStatus());
              Restart(disk);
              return Contents(disk, "file");
            }),
            (Strings{"-", ""}));
}

TEST(SimulatedDiskTest, ABitIsFlippedWhereItIsAsked) {
  SimulatedDisk disk(1);
  {
    const auto file = Synced(disk, "/file", "tea");
    EXPECT_EQ(file->Map(1, true).value()[0], std::byte{'t'});
    EXPECT_EQ(disk.FlipBit("file", 1, 3), absl::OkStatus());
    EXPECT_EQ(file->Read(0, kAll).value(), "tma");
  }
  EXPECT_EQ(disk.FlipBit("file", 3, 0).code(), StatusCode::kOutOfRange);
  EXPECT_EQ(disk.FlipBit("file", 0, 8).code(), StatusCode::kOutOfRange);
  EXPECT_EQ(disk.FlipBit("other", 0, 0).code(), StatusCode::kNotFound);
  EXPECT_EQ(disk.FilesOnPlatter(), std::vector<std::string>{"/file"});
  EXPECT_EQ(disk.ReadPlatter("/file").value(), "tma");
  EXPECT_EQ(disk.ReadPlatter("/other").status().code(), StatusCode::kNotFound);
  disk.LosePower();
  EXPECT_EQ(disk.FlipBit("file", 1, 3), absl::OkStatus());
  EXPECT_EQ(disk.ReadPlatter("/file").value(), "tea");
  disk.Start();
  EXPECT_EQ(Contents(disk, "file"), "tea");
}

TEST(SimulatedDiskTest, AnyOtherCallFailsByAFaultyFileSystemOnTop) {
  SimulatedDisk disk(1);
  FaultyFileSystem files(disk);
  const auto file = files.Open("file", Mode::kCreate).value();
  files.Fail({.call = FileCall::kWrite, .bytes_written = 2});
  EXPECT_FALSE(file->Write(0, "tea").ok());
  EXPECT_EQ(Contents(disk, "file"), "te");
}

}  // namespace
}  // namespace kinesis::testing
