#include "bench/partition_lab/text_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "kinesis_core/internal/status.h"

namespace kinesis::lab {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string ErrorText() { return std::generic_category().message(errno); }

bool WriteAll(int file, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(file, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

// A file that vanishes when it is closed, in the folder for temporary files. -1: none can be made.
int TemporaryFile() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the lab has one thread, and changes no variable.
  const char* const folder = std::getenv("TMPDIR");
  std::string path = std::string(folder == nullptr ? "/tmp" : folder) + "/partition_lab_XXXXXX";
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) unlink(path.c_str());
  return file;
}

// Copies all of `from` to a new temporary file, and closes `from`.
absl::StatusOr<int> Spool(int from, const std::string& name) {
  const int to = TemporaryFile();
  std::vector<char> block(kBlockBytes);
  bool ok = to >= 0;
  while (ok) {
    const ssize_t count = read(from, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) break;
    ok = count > 0 && WriteAll(to, block.data(), static_cast<size_t>(count));
  }
  const std::string error = ok ? "" : ErrorText();
  close(from);
  if (ok) return to;
  if (to >= 0) close(to);
  return internal::Unavailable("cannot copy " + name + " to a temporary file: " + error);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TextInput>> TextInput::Open(const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  int file = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return internal::NotFound("cannot open " + name + ": " + ErrorText());
  struct stat status = {};
  fstat(file, &status);
  if (S_ISDIR(status.st_mode)) {
    close(file);
    return internal::InvalidArgument(name + " is a folder, not a file");
  }
  if (!S_ISREG(status.st_mode)) {
    const absl::StatusOr<int> spooled = Spool(file, name);
    if (!spooled.ok()) return spooled.status();
    file = *spooled;
    fstat(file, &status);
  }
  std::unique_ptr<TextInput> input(
      new TextInput(file, static_cast<uint64_t>(status.st_size), name));
  const absl::Status rewound = input->Rewind();
  if (!rewound.ok()) return rewound;
  return input;
}

TextInput::TextInput(int file, uint64_t size, std::string name)
    : file_(file), size_(size), name_(std::move(name)), buffer_(kBlockBytes, '\0') {}

TextInput::~TextInput() { close(file_); }

absl::Status TextInput::Rewind() {
  if (lseek(file_, 0, SEEK_SET) != 0) {
    return internal::Unavailable("cannot rewind " + name_ + ": " + ErrorText());
  }
  begin_ = end_ = 0;
  bytes_read_ = line_number_ = 0;
  at_end_ = false;
  return absl::OkStatus();
}

absl::StatusOr<bool> TextInput::ReadLine(std::string_view* line) {
  size_t searched = 0;
  for (;;) {
    const void* const found =
        std::memchr(&buffer_[begin_] + searched, '\n', end_ - begin_ - searched);
    searched = end_ - begin_;
    if (found != nullptr || (at_end_ && searched > 0)) {
      const size_t size =
          found == nullptr
              ? searched
              : static_cast<size_t>(static_cast<const char*>(found) - &buffer_[begin_]);
      *line = std::string_view(&buffer_[begin_], size);
      begin_ += std::min(size + 1, searched);
      if (++line_number_ == 1 && line->substr(0, kByteOrderMark.size()) == kByteOrderMark) {
        line->remove_prefix(kByteOrderMark.size());
      }
      return true;
    }
    if (at_end_) return false;
    const absl::StatusOr<bool> more = Refill();
    if (!more.ok()) return more.status();
    at_end_ = !*more;
  }
}

absl::StatusOr<bool> TextInput::Refill() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  if (end_ > kMaxLineBytes) {
    return internal::OutOfRange("line " + std::to_string(line_number_ + 1) + " of " + name_ +
                                " is longer than 16 MiB");
  }
  if (buffer_.size() - end_ < kBlockBytes) buffer_.resize(end_ + 2 * kBlockBytes);
  for (;;) {
    const ssize_t count = read(file_, &buffer_[end_], buffer_.size() - end_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return internal::Unavailable("cannot read " + name_ + ": " + ErrorText());
    end_ += static_cast<size_t>(count);
    bytes_read_ += static_cast<uint64_t>(count);
    return count > 0;
  }
}

double TextInput::progress() const {
  if (size_ == 0) return 1;
  return static_cast<double>(bytes_read_ - (end_ - begin_)) / static_cast<double>(size_);
}

std::string PathFromUser(const std::string& path) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the lab has one thread, and changes no variable.
  const char* const directory = std::getenv("BUILD_WORKING_DIRECTORY");
  const bool as_is = directory == nullptr || path.empty() || path == "-" || path.front() == '/';
  return as_is ? path : std::string(directory) + "/" + path;
}

}  // namespace kinesis::lab
