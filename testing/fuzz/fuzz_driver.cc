// Runs a fuzz target without a fuzzer, so that every compiler's test run does: the corpus, and then
// mutations of it.
//
//   NAME_replay_test [-runs=N] [-seed=N] [-dict=FILE] FILE_OR_FOLDER...
//
// The flags are libFuzzer's: how many mutations, which ones (they are the same in every run with
// that seed), and words to mutate with, each in quotes on a line of its own. Of a file NAME.lines,
// each line is an input; any other file is one. An input on which the target dies is printed in
// hexadecimal; `xxd -r -p` makes a file of it, for the corpus or for the fuzzer.
#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

namespace kinesis::testing {
namespace {

constexpr size_t kLargestInput = 4096;  // as libFuzzer's

using Texts = std::vector<std::string>;

struct Options {
  uint64_t runs = 1000;
  uint64_t seed = 1;
  Texts corpus;
  Texts dictionary;
};

// The name of the input that is running, for the signal handler, which has no other way to know.
const std::string* running = nullptr;

extern "C" void PrintInput(int signal) {
  constexpr char kDigits[] = "0123456789abcdef";
  constexpr char kSays[] = "the target died on this input:\n";
  // write() alone is safe here; what cannot be written cannot be helped.
  ssize_t written = write(STDERR_FILENO, kSays, sizeof kSays - 1);
  for (const char each : *running) {
    const auto byte = static_cast<uint8_t>(each);
    const char text[] = {kDigits[byte / 16], kDigits[byte % 16]};
    written = write(STDERR_FILENO, text, sizeof text);
  }
  written = write(STDERR_FILENO, "\n", 1);
  static_cast<void>(written);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void Run(const std::string& input) {
  running = &input;
  // A copy of its own size, so that a sanitizer sees a read behind its end.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// --- Arguments

Texts ReadLines(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Texts lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

void AddFile(const std::filesystem::path& path, Texts* corpus) {
  if (path.extension() != ".lines") {
    corpus->push_back(ReadFile(path));
    return;
  }
  const Texts lines = ReadLines(path);
  corpus->insert(corpus->end(), lines.begin(), lines.end());
}

void AddFileOrFolder(const std::filesystem::path& path, Texts* corpus) {
  if (!std::filesystem::is_directory(path)) return AddFile(path, corpus);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());  // a folder has no order
  for (const std::filesystem::path& file : files) AddFile(file, corpus);
}

// The word between the quotes, where a byte may be written as \xAB and \ stands before what is
// meant as it is. Lines without quotes hold none.
std::string WordOf(std::string_view line) {
  const size_t begin = line.find('"');
  const size_t end = line.rfind('"');
  std::string word;
  if (line.empty() || line[0] == '#' || begin == end) return word;
  line = line.substr(begin + 1, end - begin - 1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && ++i < line.size() && line[i] == 'x') {
      word +=
          static_cast<char>(std::strtoul(std::string(line.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else if (i < line.size()) {
      word += line[i];
    }
  }
  return word;
}

// The number behind `flag`, if the argument is that flag.
bool ReadFlag(std::string_view argument, std::string_view flag, uint64_t* value) {
  if (argument.substr(0, flag.size()) != flag) return false;
  *value = std::strtoull(std::string(argument.substr(flag.size())).c_str(), nullptr, 0);
  return true;
}

Options ReadArguments(int argc, char** argv) {
  constexpr std::string_view kDictionary = "-dict=";
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (ReadFlag(argument, "-runs=", &options.runs)) continue;
    if (ReadFlag(argument, "-seed=", &options.seed)) continue;
    if (argument.substr(0, kDictionary.size()) != kDictionary) {
      AddFileOrFolder(argument, &options.corpus);
      continue;
    }
    for (const std::string& line : ReadLines(argument.substr(kDictionary.size()))) {
      if (const std::string word = WordOf(line); !word.empty()) options.dictionary.push_back(word);
    }
  }
  return options;
}

// --- Mutations

class Mutator {
 public:
  explicit Mutator(const Options& options) : options_(options), random_(options.seed) {}

  std::string Next() {
    std::string input = Pick(options_.corpus);
    const uint64_t changes = 1 + Below(4);
    for (uint64_t i = 0; i < changes; ++i) Change(&input);
    input.resize(std::min(input.size(), kLargestInput));
    return input;
  }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  const std::string& Pick(const Texts& texts) { return texts[Below(texts.size())]; }
  char Byte() {
    constexpr uint8_t kTelling[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '0', '9'};
    return static_cast<char>(Below(2) == 0 ? kTelling[Below(sizeof kTelling)] : Below(256));
  }

  void Change(std::string* input) {
    const size_t at = Below(input->size() + 1);
    const size_t length = Below(9);
    switch (Below(options_.dictionary.empty() ? 6 : 8)) {
      case 0:
        input->insert(at, length, Byte());
        break;
      case 1:
        input->erase(at, length);
        break;
      case 2:
        if (at < input->size()) (*input)[at] = Byte();
        break;
      case 3:
        if (at < input->size()) (*input)[at] = static_cast<char>((*input)[at] ^ (1U << Below(8)));
        break;
      case 4:
        input->insert(at, input->substr(Below(input->size() + 1), 4 * length));
        break;
      case 5: {
        const std::string& other = Pick(options_.corpus);
        *input = input->substr(0, at) + other.substr(Below(other.size() + 1));
        break;
      }
      default:
        input->insert(at, Pick(options_.dictionary));
    }
  }

  const Options& options_;
  std::mt19937_64 random_;
};

int Main(int argc, char** argv) {
  const Options options = ReadArguments(argc, argv);
  if (options.corpus.empty()) {
    std::fprintf(stderr, "no corpus: name files or folders\n");
    return 1;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) {
    std::signal(signal, PrintInput);
  }
  for (const std::string& input : options.corpus) Run(input);
  Mutator mutator(options);
  for (uint64_t i = 0; i < options.runs; ++i) Run(mutator.Next());
  std::printf("%zu inputs of the corpus and %llu mutations passed\n", options.corpus.size(),
              static_cast<unsigned long long>(options.runs));
  return 0;
}

}  // namespace
}  // namespace kinesis::testing

int main(int argc, char** argv) { return kinesis::testing::Main(argc, argv); }
