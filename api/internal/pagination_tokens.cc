#include "kinesis_core/api/internal/pagination_tokens.h"

namespace kinesis::api::internal {
namespace {

// Tells these from shard iterators, which are sealed with the same key.
constexpr uint64_t kKind = 0x6e6b'6f54'7478'654e;

}  // namespace

std::string WritePaginationToken(const SealKey& key, const PaginationToken& token) {
  std::string body;
  for (const uint64_t number : {kKind, static_cast<uint64_t>(token.operation), token.stream_uid,
                                static_cast<uint64_t>(token.issued_ms)}) {
    AppendNumber(number, &body);
  }
  return Seal(key, body + token.marker);
}

std::optional<PaginationToken> ReadPaginationToken(const SealKey& key, Operation operation,
                                                   std::string_view text) {
  const std::optional<std::string> body = Unseal(key, text);
  if (!body.has_value()) return std::nullopt;
  std::string_view rest = *body;
  uint64_t numbers[4];
  for (uint64_t& number : numbers) {
    const std::optional<uint64_t> taken = TakeNumber(&rest);
    if (!taken.has_value()) return std::nullopt;
    number = *taken;
  }
  if (numbers[0] != kKind || numbers[1] != static_cast<uint64_t>(operation)) return std::nullopt;
  return PaginationToken{operation, numbers[2], static_cast<int64_t>(numbers[3]),
                         std::string(rest)};
}

}  // namespace kinesis::api::internal
