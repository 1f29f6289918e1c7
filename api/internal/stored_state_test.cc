#include "kinesis_core/api/internal/stored_state.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/internal/siphash.h"

namespace kinesis::api::internal {
namespace {

// With a value in every member, so that a member that is not written is missed.
StreamImage WholeStream() {
  StreamImage image;
  image.facts = {.id = "id",
                 .uid = UINT64_MAX - 1,
                 .created_ms = 1'600'000'000'001,
                 .active_at_ms = kAlways,
                 .record_bytes_max = 2048,
                 .encryption_type = EncryptionType::kKms,
                 .deleted_at_ms = kNever};
  StreamState& state = image.state;
  state.updating_until_ms = 5;
  state.reshard.emplace();
  state.reshard->new_starts = {HashKey::FromHalves(1, 2), HashKey::Max()};
  state.reshard->removed_start = HashKey::FromHalves(3, 4);
  state.reshard->shard_count = 7;
  state.reshard->added = -1;
  state.mode = StreamMode::kOnDemand;
  state.retention_hours = 48;
  state.key_id = "key";
  state.tags = {{"team", "shop"}, {"", std::string("\0\xff", 2)}};
  state.policy = "{}";
  state.shard_level_metrics = {MetricsName::kIncomingBytes, MetricsName::kOutgoingRecords};
  state.warm_throughput_mibps = 5;
  state.on_demand.peaks.Note(1500, 1'600'000'000'000);
  state.on_demand.minute = 9;
  state.on_demand.not_before_ms = 10;
  state.next_scaling_check_ms = 11;
  ConsumerEntry consumer;
  consumer.name = "billing";
  consumer.arn = "arn";
  consumer.created_ms = 12;
  consumer.active_at_ms = 13;
  consumer.deleted_at_ms = 14;
  consumer.tags = {{"a", "b"}};
  consumer.policy = "{}";
  state.consumers["billing"] = consumer;
  state.shard_count_updates_ms = {1, 2};
  state.mode_changes_ms = {3};
  return image;
}

ChannelMap WholeChannels() {
  ChannelEntry channel;
  channel.name = "archive";
  channel.id = "id";
  channel.arn = "arn";
  channel.service_execution_role_arn = "role";
  channel.stream_uid = 3;
  channel.stream_arn = "stream";
  channel.stream_created_ms = 4;
  channel.record_configuration = {.record_format_type = "JSON", .gsr_schema_arn = "schema"};
  const DeadLetterQueueS3Configuration dead_letters{
      .bucket_arn = "bucket", .expected_bucket_owner = "owner", .error_output_prefix = "errors/"};
  channel.s3 = {60, dead_letters,
                S3StorageConfiguration{.bucket_arn = "bucket",
                                       .expected_bucket_owner = "owner",
                                       .output_key_template = "template",
                                       .storage_class = S3StorageClass::kStandard,
                                       .compression_type = S3CompressionType::kNone}};
  S3TablesConfiguration table{.table_bucket_arn = "tables",
                              .namespace_name = "shop",
                              .table_name = "orders",
                              .compression_type = S3TablesCompressionType::kZstd};
  table.partition_spec.emplace();
  table.partition_spec->partition_fields.emplace(
      1, PartitionField{.transform = PartitionTransform::kTimeHour, .source_name = "column"});
  channel.s3_tables = {61, dead_letters, {table}};
  channel.encryption = {.encryption_type = ChannelEncryptionType::kKms, .key_id = "key"};
  channel.logs = {.enabled = true, .log_group_name = "group", .log_stream_name = "stream"};
  channel.tags = {{"a", "b"}};
  channel.created_ms = 5;
  channel.active_at_ms = 6;
  channel.updating_until_ms = 7;
  channel.deleted_at_ms = 8;
  return {{"archive", channel}};
}

AccountImage WholeAccount() {
  AccountImage account;
  account.generation = 3;
  account.billing_commitment.status =
      MinimumThroughputBillingCommitmentOutputStatus::kEnabledUntilEarliestAllowedEnd;
  account.billing_commitment.started_at = absl::FromUnixMillis(1);
  account.billing_commitment.ended_at = absl::FromUnixMillis(2);
  account.billing_commitment.earliest_allowed_end_at = absl::FromUnixMillis(3);
  return account;
}

std::string Bytes(const StreamImage& image) { return EncodeStream(image.facts, image.state); }
std::string Bytes(const ChannelMap& channels) { return EncodeChannels(channels); }
std::string Bytes(const AccountImage& account) { return EncodeAccount(account); }

// What is read is what was written: it is written alike. Nothing shorter or longer is read, and
// nothing of another version.
template <class T>
void CheckRoundTrip(const T& value,
                    absl::StatusOr<T> (*decode)(std::string_view, std::string_view)) {
  const std::string bytes = Bytes(value);
  const absl::StatusOr<T> read = decode(bytes, "it");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Bytes(*read), bytes);
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(decode(bytes.substr(0, size), "it").status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(decode(bytes + "x", "it").status()));
  std::string newer = bytes;
  newer[0] = static_cast<char>(kStoredStateVersion + 1);
  const absl::Status refused = decode(newer, "stream orders").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_EQ(refused.message(),
            "what the API keeps of stream orders in the engine's directory is of version 2, and "
            "this library reads version 1 alone; nothing was changed");
}

TEST(StoredStateTest, WhatIsWrittenIsReadAndNothingElseIs) {
  CheckRoundTrip(WholeStream(), &DecodeStream);
  CheckRoundTrip(StreamImage(), &DecodeStream);
  CheckRoundTrip(WholeChannels(), &DecodeChannels);
  CheckRoundTrip(ChannelMap(), &DecodeChannels);
  CheckRoundTrip(WholeAccount(), &DecodeAccount);
}

TEST(StoredStateTest, AnyOtherByteIsReadOrRefused) {
  const std::string bytes = Bytes(WholeStream());
  for (size_t at = 1; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 0x55);
    const auto read = DecodeStream(other, "it");
    EXPECT_TRUE(read.ok() || absl::IsDataLoss(read.status())) << at;
  }
}

// A change of what is written needs another version, and then other hashes here.
TEST(StoredStateTest, BytesAreThoseOfVersionOne) {
  const auto hash = [](const std::string& bytes) { return SipHash({1, 2}, bytes); };
  EXPECT_EQ(kStoredStateVersion, 1);
  EXPECT_EQ(hash(Bytes(WholeStream())), 2257886317978706337U);
  EXPECT_EQ(hash(Bytes(WholeChannels())), 13150495395098802587U);
  EXPECT_EQ(hash(Bytes(WholeAccount())), 15543274125888518434U);
}

}  // namespace
}  // namespace kinesis::api::internal
