// NextToken: where a listing goes on, sealed (sealed_text.h) and bound to its operation and stream.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_PAGINATION_TOKENS_H_
#define KINESIS_CORE_API_INTERNAL_PAGINATION_TOKENS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis_core/api/internal/sealed_text.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api::internal {

struct PaginationToken {
  Operation operation{};
  uint64_t stream_uid = 0;  // 0: of no stream
  int64_t issued_ms = 0;
  std::string marker;  // of the operation: what was returned last, and what else it has to know
};

std::string WritePaginationToken(const SealKey& key, const PaginationToken& token);

// Nothing unless WritePaginationToken made `text` with this key for this operation.
std::optional<PaginationToken> ReadPaginationToken(const SealKey& key, Operation operation,
                                                   std::string_view text);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_PAGINATION_TOKENS_H_
