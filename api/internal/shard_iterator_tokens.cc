#include "kinesis_core/api/internal/shard_iterator_tokens.h"

namespace kinesis::api::internal {
namespace {

// Tells these from pagination tokens, which are sealed with the same key.
constexpr uint64_t kKind = 0x7265'7469'6472'6873;

}  // namespace

// The body: kind, stream, shard, position, time of issue, serial, and the stream's name.
std::string WriteShardIterator(const SealKey& key, const ShardIteratorText& content) {
  std::string body;
  for (const uint64_t number : {kKind, content.stream_uid, uint64_t{content.shard_id.index()},
                                content.position.shard_created_seconds(), content.position.index(),
                                content.position.time_seconds(),
                                static_cast<uint64_t>(content.issued_ms), content.serial}) {
    AppendNumber(number, &body);
  }
  return Seal(key, body + content.stream_name);
}

std::optional<ShardIteratorText> ReadShardIterator(const SealKey& key, std::string_view text) {
  const std::optional<std::string> body = Unseal(key, text);
  if (!body.has_value()) return std::nullopt;
  // A sealed body was written by WriteShardIterator, so its numbers are in range.
  uint64_t numbers[8];
  std::string_view rest = *body;
  for (uint64_t& number : numbers) {
    const std::optional<uint64_t> taken = TakeNumber(&rest);
    if (!taken.has_value()) return std::nullopt;
    number = *taken;
  }
  if (numbers[0] != kKind) return std::nullopt;
  const auto shard = static_cast<uint32_t>(numbers[2]);
  return ShardIteratorText{numbers[1],
                           ShardId(shard),
                           SequenceNumber::Make(numbers[3], shard, numbers[4], numbers[5]),
                           static_cast<int64_t>(numbers[6]),
                           numbers[7],
                           std::string(rest)};
}

}  // namespace kinesis::api::internal

namespace kinesis::api {

std::string ShardIterator::ToString() const {
  if (is_text()) return text_;
  return internal::WriteShardIterator(
      issued_->identity.key,
      {issued_->identity.uid, issued_->position.shard_id(), issued_->position.position(),
       issued_->issued_ms, issued_->serial, issued_->identity.name});
}

}  // namespace kinesis::api
