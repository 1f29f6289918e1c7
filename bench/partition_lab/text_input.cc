#include "kinesis_core/lab/text_input.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kinesis_core/internal/base/status.h"

namespace kinesis::lab {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

absl::StatusOr<std::unique_ptr<TextInput>> TextInput::Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<ByteInput>> bytes = ByteInput::Open(path);
  if (!bytes.ok()) return bytes.status();
  return std::unique_ptr<TextInput>(new TextInput(*std::move(bytes)));
}

TextInput::TextInput(std::unique_ptr<ByteInput> bytes)
    : bytes_(std::move(bytes)), buffer_(kBlockBytes, '\0') {}

absl::Status TextInput::Rewind() {
  begin_ = end_ = 0;
  line_number_ = 0;
  at_end_ = false;
  return bytes_->Rewind();
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
      line_ends_with_return_ = !line->empty() && line->back() == '\r';
      if (line_ends_with_return_) line->remove_suffix(1);
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
    return internal::OutOfRange("line " + std::to_string(line_number_ + 1) + " of " +
                                bytes_->name() + " is longer than 64 MiB");
  }
  if (buffer_.size() - end_ < kBlockBytes) buffer_.resize(end_ + std::max(end_, 2 * kBlockBytes));
  const absl::StatusOr<size_t> count = bytes_->Read(&buffer_[end_], buffer_.size() - end_);
  if (!count.ok()) return count.status();
  end_ += *count;
  return *count > 0;
}

}  // namespace kinesis::lab
