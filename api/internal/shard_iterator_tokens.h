// Shard iterators: the place that a token stands for, and its text.
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

class StreamEntry;

// The stream that a token is bound to: one of one client, from its creation to its deletion.
struct StreamIdentity {
  uint64_t uid = 0;  // never used again by the client
  SealKey key;       // the client's
  std::string name;  // for messages
};

// The content of a token's text.
struct ShardIteratorText {
  uint64_t stream_uid = 0;
  ShardId shard_id;
  SequenceNumber position;  // Iterator::position()
  int64_t issued_ms = 0;
  uint64_t serial = 0;      // IssuedIterator's
  std::string stream_name;  // for messages
};

// The content of a token that was made in this process.
struct IssuedIterator {
  std::shared_ptr<StreamEntry> stream;
  const StreamIdentity& identity;  // the stream's
  kinesis::Iterator position;
  int64_t issued_ms = 0;
  // Makes the text of each token another one, also where place and time are the same. That of the
  // token that a read returns follows that of the token it was given.
  uint64_t serial = 0;
};

// The text of a token. Thread-safe: a pure function.
std::string WriteShardIterator(const SealKey& key, const ShardIteratorText& content);

// The content of a token's text; nothing unless WriteShardIterator made it with this key.
// Thread-safe: a pure function.
std::optional<ShardIteratorText> ReadShardIterator(const SealKey& key, std::string_view text);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_ITERATOR_TOKENS_H_
