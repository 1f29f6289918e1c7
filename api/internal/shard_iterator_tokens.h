// What shard iterators stand for, and their text.
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

class StreamRecord;

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
  uint64_t serial = 0;      // IssuedIterator's
  std::string stream_name;  // for messages
};

// What a token that was made in this process stands for.
struct IssuedIterator {
  std::shared_ptr<StreamRecord> stream;
  const StreamIdentity& identity;  // the stream's
  kinesis::Iterator position;
  int64_t issued_ms = 0;
  // Makes the text of each token another one, also where place and time are the same. That of the
  // token that a read returns follows that of the token it was given.
  uint64_t serial = 0;
};

// The text of a token, and what it says: nothing unless Write made it with this key.
//
// Thread-safe: pure functions.
std::string WriteShardIterator(const SealKey& key, const ShardIteratorText& content);
std::optional<ShardIteratorText> ReadShardIterator(const SealKey& key, std::string_view text);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_ITERATOR_TOKENS_H_
