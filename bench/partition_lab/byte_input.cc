#include "kinesis_core/lab/byte_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "kinesis_core/internal/base/status.h"

namespace kinesis::lab {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;

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

// The encoding of an open file; an error if it is one that cannot be read.
absl::StatusOr<Encoding> EncodingOf(int file, const std::string& name) {
  std::array<char, kEncodingBytes> beginning = {};
  const ssize_t count = pread(file, beginning.data(), beginning.size(), 0);
  if (count < 0) return internal::Unavailable("cannot read " + name + ": " + ErrorText());
  Encoding found = FindEncoding({beginning.data(), static_cast<size_t>(count)});
  if (found.kind != Encoding::Kind::kRefused) return found;
  std::string message = name + " is " + found.name + "; the lab reads text, also of gzip and zstd";
  if (!found.command.empty()) message += ": " + found.command + " FILE | partition_lab --input=-";
  return internal::InvalidArgument(message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteInput>> ByteInput::Open(const std::string& path) {
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
  absl::StatusOr<Encoding> encoding = EncodingOf(file, name);
  if (!encoding.ok()) {
    close(file);
    return encoding.status();
  }
  std::unique_ptr<ByteInput> input(
      new ByteInput(file, static_cast<uint64_t>(status.st_size), name, *std::move(encoding)));
  const absl::Status rewound = input->Rewind();
  if (!rewound.ok()) return rewound;
  return input;
}

ByteInput::ByteInput(int file, uint64_t size, std::string name, Encoding encoding)
    : file_(file),
      size_(size),
      name_(std::move(name)),
      encoding_(std::move(encoding)),
      decoder_(encoding_.kind == Encoding::Kind::kDecodable ? NewDecoder(encoding_) : nullptr) {
  if (decoder_ != nullptr) stored_.resize(kBlockBytes);
}

ByteInput::~ByteInput() { close(file_); }

absl::Status ByteInput::Rewind() {
  if (lseek(file_, 0, SEEK_SET) != 0) {
    return internal::Unavailable("cannot rewind " + name_ + ": " + ErrorText());
  }
  if (decoder_ != nullptr) decoder_->Restart();
  begin_ = end_ = 0;
  bytes_read_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<size_t> ByteInput::Read(char* data, size_t size) {
  return decoder_ == nullptr ? ReadStored(data, size) : ReadDecoded(data, size);
}

absl::StatusOr<size_t> ByteInput::ReadStored(char* data, size_t size) {
  for (;;) {
    const ssize_t count = read(file_, data, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return internal::Unavailable("cannot read " + name_ + ": " + ErrorText());
    bytes_read_ += static_cast<uint64_t>(count);
    return static_cast<size_t>(count);
  }
}

absl::StatusOr<size_t> ByteInput::ReadDecoded(char* data, size_t size) {
  for (;;) {
    const std::string_view stored = std::string_view(stored_).substr(begin_, end_ - begin_);
    const absl::StatusOr<Decoder::Step> step = decoder_->Decode(stored, data, size);
    if (!step.ok()) {
      return absl::Status(step.status().code(),
                          "the " + encoding_.name + " data of " + name_ +
                              " is damaged: " + std::string(step.status().message()));
    }
    begin_ += step->read;
    if (step->written > 0) return step->written;
    if (begin_ < end_) continue;
    const absl::StatusOr<size_t> more = ReadStored(stored_.data(), stored_.size());
    if (!more.ok()) return more.status();
    begin_ = 0;
    end_ = *more;
    if (*more > 0) continue;
    if (decoder_->may_end()) return 0;
    return internal::InvalidArgument("the " + encoding_.name + " data of " + name_ +
                                     " ends in the middle: the file is cut off");
  }
}

double ByteInput::progress() const {
  if (size_ == 0) return 1;
  return std::min(1.0,
                  static_cast<double>(bytes_read_ - (end_ - begin_)) / static_cast<double>(size_));
}

std::string PathFromUser(const std::string& path) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the lab has one thread, and changes no variable.
  const char* const directory = std::getenv("BUILD_WORKING_DIRECTORY");
  const bool as_is = directory == nullptr || path.empty() || path == "-" || path.front() == '/';
  return as_is ? path : std::string(directory) + "/" + path;
}

}  // namespace kinesis::lab
