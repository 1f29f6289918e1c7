// Keeps the pages of this folder honest: their C++ is code that is compiled and run, their pictures
// of words are printed from the constants of the code, the bytes of their files are read and
// written again, and their links lead somewhere.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/files/journal.h"
#include "kinesis_core/internal/files/metadata.h"
#include "kinesis_core/internal/files/write_ahead_log.h"
#include "kinesis_core/internal/log/block_source.h"
#include "kinesis_core/internal/log/log_export.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_header.h"
#include "kinesis_core/options.h"
#include "kinesis_core/testing/internal/temporary_directory.h"
#include "kinesis_core/version.h"

namespace kinesis {
namespace {

using ::testing::HasSubstr;

std::filesystem::path Root() { return std::filesystem::canonical("WORKSPACE").parent_path(); }

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << "cannot open " << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The files of a folder whose names end in `extension`, with their texts.
std::map<std::string, std::string> ReadFolder(const std::string& folder,
                                              const std::string& extension) {
  std::map<std::string, std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Root() / folder)) {
    if (entry.path().extension() == extension || entry.path().filename() == extension) {
      texts[entry.path().lexically_relative(Root()).generic_string()] = ReadFile(entry.path());
    }
  }
  return texts;
}

std::map<std::string, std::string> ReadPages() {
  std::map<std::string, std::string> pages = ReadFolder("kinesis_core/doc", ".md");
  for (const char* page : {"README.md", "CONTRIBUTING.md"}) pages[page] = ReadFile(Root() / page);
  return pages;
}

// The fenced blocks of `page` in that language.
std::vector<std::string> BlocksOf(const std::string& page, const std::string& language) {
  std::vector<std::string> blocks;
  const std::string fence = "```" + language + "\n";
  for (size_t at = page.find(fence); at != page.npos; at = page.find(fence, at)) {
    at += fence.size();
    blocks.push_back(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

// Adds a failure for each block in `language` that is in none of `sources`.
void ExpectTaken(const std::string& language, const std::map<std::string, std::string>& sources) {
  size_t blocks = 0;
  for (const auto& [name, page] : ReadPages()) {
    for (const std::string& block : BlocksOf(page, language)) {
      ++blocks;
      const bool taken = std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
        return source.second.find(block) != std::string::npos;
      });
      if (!taken) ADD_FAILURE() << name << " has code that is in no example:\n" << block;
    }
  }
  EXPECT_GT(blocks, 0U) << language;
}

std::map<std::string, std::string> ReadExamples() {
  std::map<std::string, std::string> examples = ReadFolder("kinesis_core/examples", ".cc");
  examples.merge(ReadFolder("kinesis_core/examples", ".h"));
  return examples;
}

TEST(DocTest, CppIsTakenFromExamples) { ExpectTaken("cpp", ReadExamples()); }

TEST(DocTest, TextIsWhatExamplesPrint) {
  // Under "Prints:", which the test of the example compares with what it prints.
  std::map<std::string, std::string> printed = ReadExamples();
  for (auto& [name, text] : printed) text = std::regex_replace(text, std::regex("\n//   "), "\n");
  ExpectTaken("text", printed);
}

TEST(DocTest, CommandsNameTargetsThatExist) {
  const std::regex label("//([a-z_/]+):([a-z_]+)");
  int labels = 0;
  for (const auto& [name, page] : ReadPages()) {
    for (const std::string& block : BlocksOf(page, "sh")) {
      for (std::sregex_iterator it(block.begin(), block.end(), label), end; it != end; ++it) {
        const std::string target = (*it)[2];
        const std::string build = ReadFile(Root() / (*it)[1].str() / "BUILD.bazel");
        EXPECT_TRUE(build.find("\"" + target + "\"") != build.npos ||
                    build.find("\"" + target + ".cc\"") != build.npos)
            << name << " runs " << (*it)[0];
        ++labels;
      }
    }
  }
  EXPECT_GT(labels, 2);
}

TEST(DocTest, EveryCodeOfTheEngineIsOnThePageOfErrors) {
  const std::string page = ReadFile(Root() / "kinesis_core/doc/errors.md");
  const std::string codes = ReadFile(Root() / "kinesis_core/internal/base/status.h");
  const std::regex builder("\nabsl::Status ([A-Za-z]+)\\(std::string_view message\\)");
  int found = 0;
  for (std::sregex_iterator it(codes.begin(), codes.end(), builder), end; it != end; ++it) {
    EXPECT_THAT(page, HasSubstr("| `k" + (*it)[1].str() + "` |"));
    ++found;
  }
  EXPECT_GE(found, 10);
}

// Rows such as "| `Stream` | ... | any | [`stream.h`](../stream.h) |".
TEST(DocTest, TheTableOfPiecesSaysOfThreadsWhatTheirHeadersSay) {
  const std::string page = ReadFile(Root() / "kinesis_core/doc/how_it_fits.md");
  const std::regex row(
      "\\n\\| `(\\w+)` \\|.*\\| ([a-z ]+) \\| \\[.*\\]\\(\\.\\./(\\w+\\.h)\\) \\|");
  int rows = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it) {
    const std::string header = ReadFile(Root() / "kinesis_core" / (*it)[3].str());
    const size_t at = header.find("class KINESIS_CORE_EXPORT " + (*it)[1].str() + " ");
    ASSERT_NE(at, header.npos) << (*it)[1];
    const std::string above = header.substr(0, at);
    const std::string word = (*it)[2] == "any" ? "Thread-safe" : "Thread-compatible";
    EXPECT_EQ(above.rfind("// " + word), above.rfind("// Thread-")) << (*it)[1];
    ++rows;
  }
  EXPECT_EQ(rows, 8);
}

TEST(DocTest, CMakeIsTakenFromTheConsumerThatIsBuilt) {
  // Two lines that stand apart there.
  std::map<std::string, std::string> sources =
      ReadFolder("testing/packages/consumer", "CMakeLists.txt");
  std::string& text = sources["testing/packages/consumer/CMakeLists.txt"];
  text = std::regex_replace(text, std::regex("\n  find_package"), "\nfind_package");
  text = std::regex_replace(text, std::regex("\nendif\\(\\)\n\nadd_executable\\([^)]*\\)\n"), "\n");
  ExpectTaken("cmake", sources);
}

// CMake and what it makes read version.h itself.
TEST(DocTest, TheVersionOfVersionHIsThatOfTheDocumentsAndPackages) {
  const std::string whole = KINESIS_CORE_VERSION_TEXT;
  const std::string minor = whole.substr(0, whole.rfind('.'));
  const std::string changes = ReadFile(Root() / "CHANGELOG.md");
  EXPECT_EQ(changes.find("\n## "), changes.find("\n## " + whole + "\n"))
      << "the newest section of CHANGELOG.md is not that of " << whole;
  const std::string node = "\"version\": \"" + whole + "\"";
  EXPECT_THAT(ReadFile(Root() / "api/node/package.json"), HasSubstr(node));
  EXPECT_THAT(ReadFile(Root() / "api/node/package-lock.json"), HasSubstr(node));
  EXPECT_THAT(ReadFile(Root() / "testing/packages/consumer/CMakeLists.txt"),
              HasSubstr("find_package(kinesis_core " + minor + " "));
  const std::string page = ReadFile(Root() / "kinesis_core/doc/dependency.md");
  EXPECT_THAT(page, HasSubstr("`libkinesis_core.so." + minor + "`"));
  EXPECT_THAT(page, HasSubstr("kinesis_core-" + whole + ".tar.gz"));
  EXPECT_EQ(KINESIS_CORE_VERSION, KINESIS_CORE_VERSION_MAJOR * 1'000'000 +
                                      KINESIS_CORE_VERSION_MINOR * 1'000 +
                                      KINESIS_CORE_VERSION_PATCH);
}

TEST(DocTest, LinksLeadToFiles) {
  const std::regex link("\\]\\(([^)#: ]+)[^): ]*\\)");
  for (const auto& [name, page] : ReadPages()) {
    const std::filesystem::path folder = (Root() / name).parent_path();
    for (std::sregex_iterator it(page.begin(), page.end(), link), end; it != end; ++it) {
      const std::string target = (*it)[1];
      EXPECT_TRUE(std::filesystem::exists(folder / target)) << name << " links to " << target;
    }
  }
}

TEST(DocTest, ListsOfFoldersNameEveryFolder) {
  for (const std::string folder : {"", "testing", "bench"}) {
    const std::string page = ReadFile(Root() / folder / "README.md");
    int folders = 0;
    for (const auto& entry : std::filesystem::directory_iterator(Root() / folder)) {
      const std::string name = entry.path().filename();
      if (!entry.is_directory() || entry.is_symlink() || name.front() == '.') continue;
      EXPECT_THAT(page, HasSubstr("`" + name + "/`")) << "of " << folder << "/README.md";
      ++folders;
    }
    EXPECT_GT(folders, 2) << folder;
  }
}

TEST(DocTest, PagesNameEachOther) {
  const std::string contents = ReadFile(Root() / "kinesis_core/doc/README.md");
  for (const auto& [name, page] : ReadFolder("kinesis_core/doc", ".md")) {
    const std::string file = std::filesystem::path(name).filename();
    if (file == "README.md") continue;
    EXPECT_THAT(contents, HasSubstr("(" + file + ")"));
  }
}

// --- Pictures

// One row of a picture: fields from the top bit down, each as wide as the code says.
class WordPicture {
 public:
  explicit WordPicture(std::string label) : text_("    " + label) { text_.resize(12, ' '); }
  WordPicture& Field(int bits, const std::string& name) {
    const int high = next_ - 1;
    next_ -= bits;
    if (next_ + bits != 64) text_ += " | ";
    text_ += std::to_string(high);
    if (bits > 1) text_ += ".." + std::to_string(next_);
    text_ += " " + name;
    return *this;
  }
  // Requires: the fields fill the word.
  std::string Done() const {
    EXPECT_EQ(next_, 0);
    return text_ + "\n";
  }

 private:
  std::string text_;
  int next_ = 64;
};

int BitsOf(uint64_t mask) {
  int bits = 0;
  for (; mask != 0; mask >>= 1) bits += static_cast<int>(mask & 1);
  return bits;
}

TEST(DocTest, PicturesOfWordsAreThoseOfTheCode) {
  using internal::StateWord;
  using internal::TailWord;
  const std::string page = ReadFile(Root() / "kinesis_core/doc/ring_log.md");
  EXPECT_THAT(page, HasSubstr(WordPicture("tail")
                                  .Field(TailWord::kTagBits, "tag")
                                  .Field(BitsOf(TailWord::kSealed), "sealed")
                                  .Field(BitsOf(TailWord::kWait), "wait")
                                  .Field(TailWord::kTimeBits, "time")
                                  .Field(TailWord::kCountBits, "count")
                                  .Field(TailWord::kOffsetBits, "offset")
                                  .Done()));
  const std::string entry =
      WordPicture("entry")
          .Field(BitsOf(internal::kEntryCommitted), "committed")
          .Field(BitsOf(internal::kEntryVoid), "void")
          .Field(62 - 1 - internal::kEntryKeyShift - internal::kEntryKeyBits, "zero")
          .Field(BitsOf(internal::kEntryFollows), "follows")
          .Field(internal::kEntryKeyBits, "key bytes")
          .Field(internal::kEntryDataBits, "data bytes")
          .Field(internal::kEntryOffsetBits, "offset")
          .Done();
  for (const char* const in : {"ring_log.md", "file_format.md"}) {
    EXPECT_THAT(ReadFile(Root() / "kinesis_core/doc" / in), HasSubstr(entry)) << in;
  }
  EXPECT_THAT(page, HasSubstr(WordPicture("state")
                                  .Field(32, "generation")
                                  .Field(1, "unused")
                                  .Field(BitsOf(StateWord::kOrphan), "orphan")
                                  .Field(BitsOf(StateWord::kFlags), "flag")
                                  .Field(BitsOf(StateWord::kPins), "pins")
                                  .Done()));
  static_assert(StateWord::kOrphan == uint64_t{1} << 30);
  static_assert(TailWord::kSealed == uint64_t{1} << 53);
  static_assert(TailWord::kWait == uint64_t{1} << 52);
}

std::string WithCommas(size_t number) {
  std::string text = std::to_string(number);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(at, ",");
  return text;
}

TEST(DocTest, TheTableOfSegmentSizesIsThatOfTheCode) {
  using internal::SegmentGeometry;
  std::string table;
  for (int size = 1; size <= SegmentGeometry::kSizes; ++size) {
    const SegmentGeometry finest = SegmentGeometry::Of(SegmentGeometry::ClassOf(size, 0));
    table += "| " + std::to_string(size) + " | " + WithCommas(finest.block_bytes >> 10) + " KiB";
    for (int spacing = 0; spacing < SegmentGeometry::kSpacings; ++spacing) {
      table +=
          " | " + WithCommas(SegmentGeometry::Of(SegmentGeometry::ClassOf(size, spacing)).entries);
    }
    table += " | " + std::to_string(1 << finest.unit_shift) + " bytes |\n";
  }
  EXPECT_THAT(ReadFile(Root() / "kinesis_core/doc/ring_log.md"), HasSubstr(table));
}

TEST(DocTest, WhatIsSaidOfHugePagesIsWhatTheCodeDoes) {
  using internal::BlockSource;
  const std::string small = std::to_string(BlockSource::kSmallBytes >> 20) + " MiB";
  EXPECT_THAT(
      ReadFile(Root() / "kinesis_core/doc/ring_log.md"),
      HasSubstr("come from huge pages, once an engine holds more than " + small +
                ", and those below " + std::to_string(BlockSource::kLargeBytes >> 10) +
                " KiB once it holds " + std::to_string(BlockSource::kSmallBytesOfSize >> 20) +
                " MiB of\ntheir size"));
  EXPECT_THAT(ReadFile(Root() / "CHANGELOG.md"), HasSubstr("Logs of more than " + small));
  // Of five sizes of blocks, less than a huge page each may lie unused.
  EXPECT_THAT(ReadFile(Root() / "kinesis_core/options.h"),
              HasSubstr("from " + small + " on as much as " +
                        std::to_string(5 * BlockSource::kHugePageBytes >> 20) + " MiB"));
}

// --- Files

// The bytes of a block of lines such as "10  01 00 00 00  what it is", which begin with the place
// of the first one.
std::string BytesOf(const std::string& block) {
  std::string bytes;
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(std::stoull(line, nullptr, 16), bytes.size()) << line;
    for (size_t at = 4; at + 1 < line.size() && line[at] != ' '; at += 3) {
      bytes += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
    }
  }
  return bytes;
}

std::string InHex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const auto byte = static_cast<uint8_t>(bytes[at]);
    text += at % 8 != 0 ? " " : at > 0 ? "\n" : "";
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

TEST(DocTest, TheJournalOfTheExampleIsReadAndWrittenAsItStandsThere) {
  const std::string page = ReadFile(Root() / "kinesis_core/doc/file_format.md");
  const std::string bytes = BytesOf(BlocksOf(page, "hex").at(0));

  FileSystem& files = FileSystem::Posix();
  const testing::TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const auto written = internal::Journal::Open(files, directory.path(), {});
  for (const char* const record : {"tea", ""}) {
    ASSERT_EQ(written->journal->Append(record), absl::OkStatus());
  }
  if (sysconf(_SC_PAGESIZE) == 4096) {
    const auto file = files.Open(path, FileSystem::Mode::kReadOnly);
    EXPECT_EQ(InHex(bytes), InHex((*file)->Read(0, 1000).value()));
  }
  const auto file = files.Open(path, FileSystem::Mode::kReadWrite);
  ASSERT_EQ((*file)->Truncate(0), absl::OkStatus());
  ASSERT_EQ((*file)->Write(0, bytes), absl::OkStatus());
  const auto read = internal::Journal::Read(files, directory.path(), {});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->records, ::testing::ElementsAre("tea", ""));
  EXPECT_EQ(read->why, "");
}

TEST(DocTest, TheMetadataOfTheExampleIsReadAndWrittenAsItStandsThere) {
  const std::string page = ReadFile(Root() / "kinesis_core/doc/file_format.md");
  const std::string bytes = BytesOf(BlocksOf(page, "hex").at(1));
  const StreamOptions defaults;
  internal::StoredStream stream;
  stream.id = 1;
  stream.name = "tea";
  internal::StoredOptions& options = stream.options;
  options.retention_ms = absl::ToInt64Milliseconds(defaults.retention);
  options.shard_capacity_bytes = defaults.shard_capacity_bytes;
  options.overflow_policy = static_cast<uint8_t>(defaults.overflow_policy);
  options.strategy = static_cast<uint8_t>(defaults.record_distribution_strategy);
  options.durability = static_cast<uint8_t>(Durability::kProcess);
  options.partitioner = "md5";
  stream.next_shard_index = 1;
  stream.shards[0] = {.id = 0,
                      .log_uid = 2,
                      .start = HashKey::Min(),
                      .end = HashKey::Max(),
                      .parents = {},
                      .created_s = 1'600'000'000,
                      .opened_ms = 1'600'000'000'000,
                      .children = {}};
  EXPECT_EQ(InHex(bytes), InHex(internal::Metadata::CreateStream(stream)));
  internal::Metadata metadata;
  ASSERT_TRUE(metadata.Apply(bytes));
  EXPECT_EQ(InHex(metadata.Snapshot().at(0)), InHex(bytes));
}

TEST(DocTest, TheHeaderOfTheExampleIsReadAndWrittenAsItStandsThere) {
  using Header = internal::SegmentHeader<internal::StdAtomics>;
  const std::string page = ReadFile(Root() / "kinesis_core/doc/file_format.md");
  const std::string bytes = BytesOf(BlocksOf(page, "hex").at(2));
  ASSERT_EQ(bytes.size(), sizeof(Header));
  alignas(Header) char memory[sizeof(Header)] = {};
  auto* const header = new (memory) Header;
  header->Write({.log_uid = 2,
                 .base_index = 64,
                 .base_ms = 1'600'000'000'000,
                 .number = 1,
                 .shard_created_s = 1'600'000'000,
                 .shard_index = 0,
                 .size_class = 2,
                 .trim_index = 70});
  EXPECT_EQ(InHex(std::string(memory, sizeof memory)), InHex(bytes));
  EXPECT_EQ(internal::SegmentGeometry::Of(2).block_bytes, size_t{16} << 10);
}

TEST(DocTest, TheWriteAheadLogOfTheExampleIsReadAndWrittenAsItStandsThere) {
  using internal::LogExtent;
  using internal::WriteAheadLog;
  const std::string page = ReadFile(Root() / "kinesis_core/doc/file_format.md");
  const std::string bytes = BytesOf(BlocksOf(page, "hex").at(3));
  FileSystem& files = FileSystem::Posix();
  const testing::TemporaryDirectory directory;
  const std::string path = directory / WriteAheadLog::NameOf(1);
  const uint64_t entry =
      internal::RecordEntry{.offset_units = 0, .data_bytes = 3, .key_bytes = 0}.Encode();
  const std::string data("\0\x80\x6e\x87\x74\x01\0\0tea\0\0\0\0\0", 16);
  auto log = WriteAheadLog::Open(files, directory.path(), /*file_bytes=*/64, {});
  ASSERT_TRUE(log.ok()) << log.status();
  LogExtent extent;
  extent.segment = {.log_uid = 2,
                    .base_ms = 1'600'000'000'000,
                    .shard_created_s = 1'600'000'000,
                    .size_class = 2};
  extent.entries = {&entry, 1};
  extent.unit_count = 2;
  data.copy(reinterpret_cast<char*>((*log)->Add(extent)), data.size());
  ASSERT_EQ((*log)->Sync(), absl::OkStatus());
  if (sysconf(_SC_PAGESIZE) == 4096) {
    const auto file = files.Open(path, FileSystem::Mode::kReadOnly);
    EXPECT_EQ(InHex(bytes), InHex((*file)->Read(0, 1000).value()));
  }
  log->reset();
  const auto file = files.Open(path, FileSystem::Mode::kReadWrite);
  ASSERT_EQ((*file)->Truncate(0), absl::OkStatus());
  ASSERT_EQ((*file)->Write(0, bytes), absl::OkStatus());
  int extents = 0;
  const auto read = WriteAheadLog::Read(
      files, directory.path(),
      [&](const LogExtent& found, std::string_view found_data, const WriteAheadLog::FileInfo&) {
        ++extents;
        EXPECT_EQ(found.segment.log_uid, 2U);
        EXPECT_EQ(found.entries.front(), entry);
        EXPECT_EQ(found_data, data);
      });
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(extents, 1);
  EXPECT_EQ(read->why, "");
}

}  // namespace
}  // namespace kinesis
