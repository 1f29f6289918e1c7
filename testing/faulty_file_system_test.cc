#include "kinesis_core/testing/faulty_file_system.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/testing/internal/temporary_directory.h"

namespace kinesis::testing {
namespace {

using absl::StatusCode;
using Mode = FileSystem::Mode;

class FaultyFileSystemTest : public ::testing::Test {
 protected:
  static std::string All(File& file) { return file.Read(0, 100).value(); }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_ / "file";
  FaultyFileSystem files_{FileSystem::Posix()};
  const std::unique_ptr<File> file_ = files_.Open(path_, Mode::kCreate).value();
};

TEST_F(FaultyFileSystemTest, EveryKindOfCallIsCountedAndFails) {
  const std::vector<std::pair<FileCall, std::function<absl::Status()>>> calls = {
      {FileCall::kOpen, [&] { return files_.Open(path_, Mode::kReadOnly).status(); }},
      {FileCall::kLock, [&] { return files_.Lock(directory_ / "lock").status(); }},
      {FileCall::kCreateDirectory, [&] { return files_.CreateDirectory(directory_ / "a"); }},
      {FileCall::kList, [&] { return files_.List(directory_.path()).status(); }},
      {FileCall::kRename, [&] { return files_.Rename(directory_ / "a", directory_ / "b"); }},
      {FileCall::kRemove, [&] { return files_.Remove(directory_ / "b"); }},
      {FileCall::kSyncDirectory, [&] { return files_.SyncDirectory(directory_.path()); }},
      {FileCall::kSize, [&] { return file_->Size().status(); }},
      {FileCall::kRead, [&] { return file_->Read(0, 1).status(); }},
      {FileCall::kWrite, [&] { return file_->Write(0, "tea"); }},
      {FileCall::kAllocate, [&] { return file_->Allocate(0, 1); }},
      {FileCall::kRelease, [&] { return file_->Release(0, 1); }},
      {FileCall::kTruncate, [&] { return file_->Truncate(0); }},
      {FileCall::kMap, [&] { return file_->Map(1, true).status(); }},
      {FileCall::kSync, [&] { return file_->Sync(); }},
  };
  ASSERT_EQ(calls.size(), kFileCalls);
  std::set<std::string> names;
  for (const auto& [call, make] : calls) {
    const uint64_t all = files_.calls();
    const uint64_t of_kind = files_.calls(call);
    files_.Fail({.call = call, .status = absl::DataLossError("torn")});
    EXPECT_EQ(make(), absl::DataLossError("torn")) << call;
    EXPECT_EQ(make(), absl::OkStatus()) << call;
    EXPECT_EQ(files_.calls(call), of_kind + 2) << call;
    EXPECT_EQ(files_.calls(), all + 2) << call;
    std::ostringstream name;
    name << call;
    names.insert(name.str());
  }
  EXPECT_EQ(files_.failures(), kFileCalls);
  EXPECT_EQ(names.size(), kFileCalls);
  EXPECT_EQ(names.count("SyncDirectory"), 1U);
}

TEST_F(FaultyFileSystemTest, TheChosenCallsFailAndNoOthers) {
  files_.Fail({.call = FileCall::kSync, .skip = 1, .times = 2});
  EXPECT_EQ(file_->Sync(), absl::OkStatus());
  EXPECT_EQ(file_->Write(0, "tea"), absl::OkStatus());
  EXPECT_EQ(file_->Sync(), absl::ResourceExhaustedError("the disk is full"));
  EXPECT_EQ(file_->Sync().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(file_->Sync(), absl::OkStatus());
}

TEST_F(FaultyFileSystemTest, AFaultOfAnyCallCountsThemAll) {
  files_.Fail({.skip = 2, .times = FileFault::kAlways});
  EXPECT_EQ(file_->Write(0, "tea"), absl::OkStatus());
  EXPECT_EQ(file_->Sync(), absl::OkStatus());
  EXPECT_FALSE(file_->Size().ok());
  EXPECT_FALSE(files_.List(directory_.path()).ok());
  files_.FailNothing();
  EXPECT_EQ(file_->Size().value(), 3U);
}

TEST_F(FaultyFileSystemTest, ACallThatFailsDoesNothing) {
  ASSERT_EQ(file_->Write(0, "tea"), absl::OkStatus());
  files_.Fail({.times = 2});
  EXPECT_FALSE(file_->Write(0, "milk").ok());
  EXPECT_FALSE(files_.Remove(path_).ok());
  EXPECT_EQ(All(*file_), "tea");
}

TEST_F(FaultyFileSystemTest, AWriteMayStopHalfway) {
  files_.Fail({.call = FileCall::kWrite, .bytes_written = 2});
  EXPECT_FALSE(file_->Write(0, "tea").ok());
  EXPECT_EQ(All(*file_), "te");
  files_.Fail({.call = FileCall::kWrite, .bytes_written = 100});
  EXPECT_FALSE(file_->Write(0, "milk").ok());
  EXPECT_EQ(All(*file_), "milk");
}

TEST_F(FaultyFileSystemTest, ACallMayBeDoneAndFailAllTheSame) {
  files_.Fail({.call = FileCall::kRename, .is_done = true});
  EXPECT_FALSE(files_.Rename(path_, directory_ / "other").ok());
  EXPECT_TRUE(files_.Open(directory_ / "other", Mode::kReadOnly).ok());
}

}  // namespace
}  // namespace kinesis::testing
