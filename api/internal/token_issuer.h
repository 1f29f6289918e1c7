// TokenIssuer: makes what is sealed with a client's key, and numbers that no other has.
#ifndef KINESIS_CORE_API_INTERNAL_TOKEN_ISSUER_H_
#define KINESIS_CORE_API_INTERNAL_TOKEN_ISSUER_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/pagination_tokens.h"
#include "kinesis_core/api/internal/sealed_text.h"
#include "kinesis_core/api/internal/service_errors.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently. What it is given outlives it.
class TokenIssuer {
 public:
  TokenIssuer(const ClientOptions& options, const ServiceErrors& errors);
  TokenIssuer(const TokenIssuer&) = delete;
  TokenIssuer& operator=(const TokenIssuer&) = delete;

  // Takes the lifetimes of other limits over. Requires: nothing else runs.
  void Reset(const Limits& limits);

  // Numbers from now on are those of the client that is so manyth in the engine's directory: none
  // before it has given them out, also not by the same seed. Requires: nothing else runs.
  void BeginGeneration(uint64_t generation) {
    // Relaxed: nothing else runs.
    next_uid_.fetch_add(generation << kGenerationBits, std::memory_order_relaxed);
  }

  const SealKey& seal_key() const { return seal_key_; }
  int64_t iterator_lifetime_ms() const { return iterator_lifetime_ms_; }

  // --- Numbers

  // The uid of a stream or channel that is made now.
  uint64_t NextUid() {
    return next_uid_.fetch_add(1, std::memory_order_relaxed);  // unique, orders nothing
  }
  // The serial of a shard iterator that no other one was read on to: see IssuedIterator.
  uint64_t NextIteratorSerial() {
    return next_iterator_serial_.fetch_add(1, std::memory_order_relaxed)  // unique, orders nothing
           << kIteratorChainBits;
  }

  // --- NextToken

  std::string MakeNextToken(Operation operation, uint64_t stream_uid, std::string marker,
                            CallTime& time) const;
  // InvalidArgumentException, or ExpiredNextTokenException.
  absl::StatusOr<PaginationToken> ReadNextToken(Operation operation, std::string_view text,
                                                CallTime& time) const;

 private:
  // A token has been read on from so often, at the most, before its serial is another one's.
  static constexpr int kIteratorChainBits = 32;
  // A client gives out fewer numbers than this has bits for.
  static constexpr int kGenerationBits = 32;

  const ClientOptions& options_;
  const ServiceErrors& errors_;
  const SealKey seal_key_;
  int64_t iterator_lifetime_ms_;
  std::atomic<uint64_t> next_uid_;
  std::atomic<uint64_t> next_iterator_serial_{1};
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_TOKEN_ISSUER_H_
