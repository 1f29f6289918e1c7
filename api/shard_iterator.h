// ShardIterator: the opaque token by which GetRecords knows where to read on.
//
//   auto page = client->GetRecords({.shard_iterator = response->shard_iterator});
//   auto next = client->GetRecords({.shard_iterator = *page->next_shard_iterator});
//   std::string text = page->next_shard_iterator->ToString();  // to store, or to send
//
// Inside the process a token is the engine's own iterator and costs nothing to use. Its text is
// made only when asked for, and is strict: base64 of 8 + 16 n bytes, at most 512 characters, that
// names the stream, the shard, the position and the time of issue, signed with a key of the client.
// The token that a read returns has another text than the one it was given, at the tip of a shard,
// too. GetRecords takes the text in double quotes as well, as the service does. A text that was
// forged, cut, or issued by another client reads nothing and gets InvalidArgumentException; one
// that is older than Limits::iterator_lifetime gets ExpiredIteratorException, and so does a token.
#ifndef KINESIS_CORE_API_SHARD_ITERATOR_H_
#define KINESIS_CORE_API_SHARD_ITERATOR_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "kinesis_core/export.h"

namespace kinesis::api {

namespace internal {
struct IssuedIterator;
}  // namespace internal

// Thread-compatible: const operations may run concurrently. A copy is the same token: using a token
// does not use it up.
//
// Lifetime: keeps what kinesis::Iterator keeps; it may outlive its client, which alone takes it.
class KINESIS_CORE_EXPORT ShardIterator {
 public:
  // No token: the empty text.
  ShardIterator() = default;
  // A token from outside, in whatever state; judged by GetRecords.
  // NOLINTNEXTLINE(google-explicit-constructor): a token is its text to whoever got it from outside
  ShardIterator(std::string text) : text_(std::move(text)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as above
  ShardIterator(std::string_view text) : text_(text) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as above
  ShardIterator(const char* text) : text_(text) {}

  // The token as text, at most 512 characters. Allocates.
  std::string ToString() const;

  // Whether this is a token from outside, and its text as it came.
  bool is_text() const { return issued_ == nullptr; }
  const std::string& text() const { return text_; }

  // For the API itself: a token that is issued now, and what it stands for.
  explicit ShardIterator(std::shared_ptr<const internal::IssuedIterator> issued)
      : issued_(std::move(issued)) {}
  // Requires: !is_text().
  const internal::IssuedIterator& issued() const { return *issued_; }

 private:
  // Either one or the other.
  std::string text_;
  std::shared_ptr<const internal::IssuedIterator> issued_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_SHARD_ITERATOR_H_
