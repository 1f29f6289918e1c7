#include "kinesis_core/lab/byte_input.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using Code = absl::StatusCode;

std::string Gzip(std::string_view text) {
  std::string out(compressBound(text.size()) + 64, '\0');
  z_stream stream = {};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// All bytes, read `step` at a time, or the error.
absl::StatusOr<std::string> Bytes(ByteInput& input, size_t step = 4'096) {
  std::string all;
  std::string block(step, '\0');
  for (;;) {
    const absl::StatusOr<size_t> count = input.Read(block.data(), step);
    if (!count.ok()) return count.status();
    if (*count == 0) return all;
    all.append(block, 0, *count);
  }
}

absl::StatusOr<std::string> BytesOf(std::string_view stored) {
  auto input = ByteInput::Open(WriteFile(stored));
  if (!input.ok()) return input.status();
  return Bytes(**input);
}

// Text that compresses well in some places and not at all in others, 3 MB of it.
std::string Text() {
  std::string text;
  Random random(7);
  while (text.size() < 3'000'000) {
    text += random.Below(3) == 0 ? std::string(random.Below(70'000), 'a')
                                 : std::to_string(random.Next()) + "\n";
  }
  return text;
}

TEST(ByteInputTest, GzipAndZstdAreReadAsWhatTheyHold) {
  const std::string text = Text();
  for (const std::string& stored : {Gzip(text), Zstd(text)}) {
    const auto input = ByteInput::Open(WriteFile(stored)).value();
    for (const size_t step : {1u << 20, 4'097u, 777u}) {
      EXPECT_EQ(input->progress(), 0);
      EXPECT_TRUE(Bytes(*input, step).value() == text) << input->compression() << " " << step;
      EXPECT_EQ(input->progress(), 1);
      ASSERT_TRUE(input->Rewind().ok());
    }
  }
  EXPECT_EQ(ByteInput::Open(WriteFile(Gzip("x"))).value()->compression(), "gzip");
  EXPECT_EQ(ByteInput::Open(WriteFile(Zstd("x"))).value()->compression(), "zstd");
  EXPECT_EQ(ByteInput::Open(WriteFile("x")).value()->compression(), "");
}

TEST(ByteInputTest, FilesThatWerePutBehindEachOtherAreReadAsOne) {
  EXPECT_EQ(BytesOf(Gzip("one\n") + Gzip("") + Gzip("two\n")).value(), "one\ntwo\n");
  EXPECT_EQ(BytesOf(Zstd("one\n") + Zstd("") + Zstd("two\n")).value(), "one\ntwo\n");
  // A frame of four bytes that is skipped, as pzstd and others write them.
  const std::string skipped("\x50\x2a\x4d\x18\x04\0\0\0abcd", 12);
  EXPECT_EQ(BytesOf(skipped + Zstd("text")).value(), "text");
  // Zeros at the end fill up a block.
  EXPECT_EQ(BytesOf(Gzip("text") + std::string(512, '\0')).value(), "text");
}

TEST(ByteInputTest, CompressedDataThatIsCutOffIsAnError) {
  for (const std::string& stored : {Gzip(Text()), Zstd(Text())}) {
    for (const size_t left : {stored.size() - 1, stored.size() / 2, size_t{11}}) {
      EXPECT_TRUE(Fails(BytesOf(stored.substr(0, left)), Code::kInvalidArgument,
                        {"ends in the middle", "cut off"}))
          << left;
    }
  }
}

TEST(ByteInputTest, DamageIsAnErrorAndNoByteMakesAnythingWorse) {
  const std::string gzip = Gzip("some text that is long enough to have a few codes");
  const std::string zstd = Zstd("some text that is long enough to have a few codes");
  for (const std::string& stored : {gzip, zstd}) {
    for (size_t at = 4; at < stored.size(); ++at) {
      std::string damaged = stored;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
      const absl::StatusOr<std::string> read = BytesOf(damaged);
      EXPECT_TRUE(read.ok() || read.status().code() == Code::kInvalidArgument) << read.status();
    }
  }
  std::string wrong_sum = gzip;
  wrong_sum[gzip.size() - 6] = static_cast<char>(wrong_sum[gzip.size() - 6] ^ 1);
  EXPECT_TRUE(Fails(BytesOf(wrong_sum), Code::kInvalidArgument, {"gzip data", "is damaged"}));
  EXPECT_TRUE(Fails(BytesOf(gzip + "more"), Code::kInvalidArgument, {"gzip data", "is damaged"}));
  EXPECT_TRUE(Fails(BytesOf(gzip + std::string(9, '\0') + "more"), Code::kInvalidArgument,
                    {"bytes after its end"}));
}

TEST(ByteInputTest, WhatIsNoTextIsRefusedWithWhatMakesTextOfIt) {
  struct Case {
    std::string stored;
    std::string is;
  };
  const std::string zeros(8, '\0');
  for (const Case& one :
       {Case{"\xfd\x37zXZ" + zeros, "xz -dc FILE | partition_lab --input=-"},
        Case{"BZh91AY&SY" + zeros, "bzip2 -dc"}, Case{"PK\x03\x04" + zeros, "zip archive"},
        Case{"\x04\x22\x4d\x18" + zeros, "lz4 -dc"}, Case{"PAR1\x15" + zeros, "Parquet"},
        Case{"Obj\x01" + zeros, "Avro"}, Case{"\xff\xfe" + zeros, "iconv -f UTF-16"}}) {
    EXPECT_TRUE(Fails(BytesOf(one.stored), Code::kInvalidArgument, {one.is})) << one.is;
  }
  for (const char* const text : {"BZh9 is a key", "PAR1 too", "Obj", "PK", "\x1f", ""}) {
    EXPECT_EQ(BytesOf(text).value(), text);
  }
}

TEST(ByteInputTest, APipeCanBeReadTwiceAlsoOneOfGzip) {
  const std::string path = ::testing::TempDir() + "/pipe";
  for (const std::string& stored : {std::string("one\ntwo\n"), Gzip("one\ntwo\n")}) {
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] { std::ofstream(path) << stored; });
    const auto input = ByteInput::Open(path).value();
    writer.join();
    EXPECT_EQ(Bytes(*input).value(), "one\ntwo\n");
    ASSERT_TRUE(input->Rewind().ok());
    EXPECT_EQ(Bytes(*input).value(), "one\ntwo\n");
    unlink(path.c_str());
  }
}

TEST(ByteInputTest, WhatCannotBeReadIsAnErrorThatNamesIt) {
  EXPECT_TRUE(
      Fails(ByteInput::Open("/no/such/file"), Code::kNotFound, {"/no/such/file", "No such file"}));
  EXPECT_TRUE(Fails(ByteInput::Open("/"), Code::kInvalidArgument, {"is a folder"}));
}

TEST(ByteInputTest, APathIsRelativeToWhereTheUserStands) {
  ASSERT_EQ(setenv("BUILD_WORKING_DIRECTORY", "/home/user", 1), 0);
  EXPECT_EQ(PathFromUser("a/b"), "/home/user/a/b");
  EXPECT_EQ(PathFromUser("/a/b"), "/a/b");
  EXPECT_EQ(PathFromUser("-"), "-");
  EXPECT_EQ(PathFromUser(""), "");
  ASSERT_EQ(unsetenv("BUILD_WORKING_DIRECTORY"), 0);
  EXPECT_EQ(PathFromUser("a/b"), "a/b");
}

}  // namespace
}  // namespace kinesis::lab
