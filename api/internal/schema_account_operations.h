// The members of the structures of account_operations.h, as the service model has them: in
// order of name, with their wire names and shapes. See schema.h.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_ACCOUNT_OPERATIONS_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_ACCOUNT_OPERATIONS_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/account_operations.h"
#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_shapes.h"

namespace kinesis::api::internal {

template <>
struct Schema<DescribeLimitsRequest> {
  using S = DescribeLimitsRequest;
  static constexpr std::string_view kName = "DescribeLimitsInput";
  static constexpr auto kMembers = std::make_tuple();
};

template <>
struct Schema<DescribeLimitsResponse> {
  using S = DescribeLimitsResponse;
  static constexpr std::string_view kName = "DescribeLimitsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::channel_count, kChannelCount>("ChannelCount"),
      Optional<&S::channel_count_limit, kChannelCountLimit>("ChannelCountLimit"),
      Required<&S::on_demand_stream_count, kOnDemandStreamCountObject>("OnDemandStreamCount"),
      Required<&S::on_demand_stream_count_limit, kOnDemandStreamCountLimitObject>(
          "OnDemandStreamCountLimit"),
      Required<&S::open_shard_count, kShardCountObject>("OpenShardCount"),
      Required<&S::shard_limit, kShardCountObject>("ShardLimit"));
};

template <>
struct Schema<DescribeAccountSettingsRequest> {
  using S = DescribeAccountSettingsRequest;
  static constexpr std::string_view kName = "DescribeAccountSettingsInput";
  static constexpr auto kMembers = std::make_tuple();
};

template <>
struct Schema<MinimumThroughputBillingCommitmentOutput> {
  using S = MinimumThroughputBillingCommitmentOutput;
  static constexpr std::string_view kName = "MinimumThroughputBillingCommitmentOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::earliest_allowed_end_at, kTimestamp>("EarliestAllowedEndAt"),
      Optional<&S::ended_at, kTimestamp>("EndedAt"),
      Optional<&S::started_at, kTimestamp>("StartedAt"),
      Required<&S::status, kMinimumThroughputBillingCommitmentOutputStatus>("Status"));
};

template <>
struct Schema<DescribeAccountSettingsResponse> {
  using S = DescribeAccountSettingsResponse;
  static constexpr std::string_view kName = "DescribeAccountSettingsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::minimum_throughput_billing_commitment, kStructure>(
          "MinimumThroughputBillingCommitment"));
};

template <>
struct Schema<MinimumThroughputBillingCommitmentInput> {
  using S = MinimumThroughputBillingCommitmentInput;
  static constexpr std::string_view kName = "MinimumThroughputBillingCommitmentInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::status, kMinimumThroughputBillingCommitmentInputStatus>("Status"));
};

template <>
struct Schema<UpdateAccountSettingsRequest> {
  using S = UpdateAccountSettingsRequest;
  static constexpr std::string_view kName = "UpdateAccountSettingsInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::minimum_throughput_billing_commitment, kStructure>(
          "MinimumThroughputBillingCommitment"));
};

template <>
struct Schema<UpdateAccountSettingsResponse> {
  using S = UpdateAccountSettingsResponse;
  static constexpr std::string_view kName = "UpdateAccountSettingsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::minimum_throughput_billing_commitment, kStructure>(
          "MinimumThroughputBillingCommitment"));
};

template <>
struct Schema<PutResourcePolicyRequest> {
  using S = PutResourcePolicyRequest;
  static constexpr std::string_view kName = "PutResourcePolicyInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::policy, kPolicy>("Policy"),
      Required<&S::resource_arn, kResourceARN>("ResourceARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<GetResourcePolicyRequest> {
  using S = GetResourcePolicyRequest;
  static constexpr std::string_view kName = "GetResourcePolicyInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::resource_arn, kResourceARN>("ResourceARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<GetResourcePolicyResponse> {
  using S = GetResourcePolicyResponse;
  static constexpr std::string_view kName = "GetResourcePolicyOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::policy, kPolicy>("Policy"));
};

template <>
struct Schema<DeleteResourcePolicyRequest> {
  using S = DeleteResourcePolicyRequest;
  static constexpr std::string_view kName = "DeleteResourcePolicyInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::resource_arn, kResourceARN>("ResourceARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_ACCOUNT_OPERATIONS_H_
