// ShardIterator: the opaque token by which GetRecords knows where to read on.
//
//   auto page = client->GetRecords({.shard_iterator = response->shard_iterator});
//   auto next = client->GetRecords({.shard_iterator = *page->next_shard_iterator});
//   std::string text = page->next_shard_iterator->ToString();  // to store, or to send
//
// Inside the process a token is the engine's own iterator and costs nothing to use. Its text is
// made only when asked for, and is strict: base64 of at most 512 characters that names the stream,
// the shard, the position and the time of issue, signed with a key of the client. A text that was
// forged, cut, or issued by another client reads nothing and gets InvalidArgumentException; one
// that is older than Limits::iterator_lifetime gets ExpiredIteratorException, and so does a token.
#ifndef KINESIS_CORE_API_SHARD_ITERATOR_H_
#define KINESIS_CORE_API_SHARD_ITERATOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kinesis_core/iterator.h"

namespace kinesis::api {

namespace internal {
class ShardIteratorTokens;
struct StreamIdentity;
}  // namespace internal

// Thread-compatible: const operations may run concurrently. A copy is the same token: using a token
// does not use it up.
//
// Lifetime: keeps what kinesis::Iterator keeps; it may outlive its client, which alone takes it.
class ShardIterator {
 public:
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
  bool is_text() const { return !position_.has_value(); }
  const std::string& text() const { return text_; }

 private:
  friend class internal::ShardIteratorTokens;

  ShardIterator(std::shared_ptr<const internal::StreamIdentity> stream,
                const kinesis::Iterator& position, int64_t issued_ms)
      : stream_(std::move(stream)), position_(position), issued_ms_(issued_ms) {}

  // Either the text or all of the rest.
  std::string text_;
  std::shared_ptr<const internal::StreamIdentity> stream_;
  std::optional<kinesis::Iterator> position_;
  int64_t issued_ms_ = 0;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_SHARD_ITERATOR_H_
