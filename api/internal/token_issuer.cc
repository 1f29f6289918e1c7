#include "kinesis_core/api/internal/token_issuer.h"

#include <optional>
#include <random>
#include <utility>

#include "absl/time/time.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/siphash.h"

namespace kinesis::api::internal {
namespace {

uint64_t RandomSeed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

}  // namespace

TokenIssuer::TokenIssuer(const ClientOptions& options, const ServiceErrors& errors)
    : options_(options),
      errors_(errors),
      seal_key_(SealKey::FromSeed(options.token_seed ? *options.token_seed : RandomSeed())),
      iterator_lifetime_ms_(absl::ToInt64Milliseconds(options.limits.iterator_lifetime)),
      // Not from 1, so that no two clients name their streams alike.
      next_uid_(SipHash(seal_key_.first, "stream uid") | 1) {}

void TokenIssuer::Reset(const Limits& limits) {
  iterator_lifetime_ms_ = absl::ToInt64Milliseconds(limits.iterator_lifetime);
}

std::string TokenIssuer::MakeNextToken(Operation operation, uint64_t stream_uid, std::string marker,
                                       CallTime& time) const {
  return WritePaginationToken(seal_key_, {operation, stream_uid, time.ms(), std::move(marker)});
}

absl::StatusOr<PaginationToken> TokenIssuer::ReadNextToken(Operation operation,
                                                           std::string_view text,
                                                           CallTime& time) const {
  std::optional<PaginationToken> token = ReadPaginationToken(seal_key_, operation, text);
  if (!token.has_value()) return errors_.InvalidNextToken();
  const absl::Duration lifetime = options_.limits.next_token_lifetime;
  if (time.ms() - token->issued_ms > absl::ToInt64Milliseconds(lifetime)) {
    return MakeError(ErrorType::kExpiredNextToken,
                     "The pagination token has expired. It was issued more than " +
                         absl::FormatDuration(lifetime) + " ago.");
  }
  return *std::move(token);
}

}  // namespace kinesis::api::internal
