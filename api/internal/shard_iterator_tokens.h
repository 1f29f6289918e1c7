// Makes shard iterators, and reads those that come back.
#ifndef KINESIS_CORE_API_INTERNAL_SHARD_ITERATOR_TOKENS_H_
#define KINESIS_CORE_API_INTERNAL_SHARD_ITERATOR_TOKENS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis_core/api/internal/sealed_text.h"
#include "kinesis_core/api/shard_iterator.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

// What a token is bound to: one stream, from its creation to its deletion, of one client.
struct StreamIdentity {
  uint64_t uid = 0;  // never used again by the client
  SealKey key;       // the client's
  std::string name;  // for messages
};

// What the text of a token says.
struct ShardIteratorText {
  uint64_t stream_uid = 0;
  ShardId shard_id;
  SequenceNumber position;  // Iterator::position()
  int64_t issued_ms = 0;
  std::string stream_name;  // for messages
};

// Thread-safe: pure functions.
class ShardIteratorTokens {
 public:
  static ShardIterator Make(std::shared_ptr<const StreamIdentity> stream,
                            const kinesis::Iterator& position, int64_t issued_ms) {
    return ShardIterator(std::move(stream), position, issued_ms);
  }

  // Of a token that was made in this process.
  // Requires: !token.is_text().
  static const StreamIdentity* StreamOf(const ShardIterator& token) { return token.stream_.get(); }
  static const kinesis::Iterator& PositionOf(const ShardIterator& token) {
    return *token.position_;
  }
  static int64_t IssuedMs(const ShardIterator& token) { return token.issued_ms_; }

  // Of a token that came as text: nothing unless Write made it with this key.
  static std::optional<ShardIteratorText> Read(const SealKey& key, std::string_view text);
  static std::string Write(const SealKey& key, const ShardIteratorText& content);
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_ITERATOR_TOKENS_H_
