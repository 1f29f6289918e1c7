// Requests and responses about the account and about resource policies. Policies and settings are
// kept, checked and returned; nothing here acts by them.
//
// Every member of a request may be left out, as on the wire; a required one that is missing is the
// service's ValidationException. Operations without a response answer with absl::Status alone.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_ACCOUNT_OPERATIONS_H_
#define KINESIS_CORE_API_ACCOUNT_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/text_or.h"

namespace kinesis::api {

// --- Limits and settings -------------------------------------------------------------------------

struct DescribeLimitsRequest {};

struct DescribeLimitsResponse {
  int32_t shard_limit = 0;
  int32_t open_shard_count = 0;
  int32_t on_demand_stream_count = 0;
  int32_t on_demand_stream_count_limit = 0;
  std::optional<int32_t> channel_count;
  std::optional<int32_t> channel_count_limit;
};

struct DescribeAccountSettingsRequest {};

struct MinimumThroughputBillingCommitmentOutput {
  MinimumThroughputBillingCommitmentOutputStatus status{};
  std::optional<absl::Time> started_at;
  std::optional<absl::Time> ended_at;
  std::optional<absl::Time> earliest_allowed_end_at;
};

struct DescribeAccountSettingsResponse {
  std::optional<MinimumThroughputBillingCommitmentOutput> minimum_throughput_billing_commitment;
};

struct MinimumThroughputBillingCommitmentInput {
  std::optional<TextOr<MinimumThroughputBillingCommitmentInputStatus>> status =
      std::nullopt;  // required
};

struct UpdateAccountSettingsRequest {
  std::optional<MinimumThroughputBillingCommitmentInput> minimum_throughput_billing_commitment =
      std::nullopt;  // required
};

struct UpdateAccountSettingsResponse {
  std::optional<MinimumThroughputBillingCommitmentOutput> minimum_throughput_billing_commitment;
};

// --- Resource policies ---------------------------------------------------------------------------

struct PutResourcePolicyRequest {
  std::optional<std::string> resource_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::string> policy = std::nullopt;  // required, a JSON document
};

struct GetResourcePolicyRequest {
  std::optional<std::string> resource_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
};

struct GetResourcePolicyResponse {
  std::string policy;
};

struct DeleteResourcePolicyRequest {
  std::optional<std::string> resource_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_ACCOUNT_OPERATIONS_H_
