#include "kinesis_core/api/internal/shard_reader.h"

#include <utility>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/status_macros.h"

namespace kinesis::api::internal {
namespace {

// Where a reader goes on: behind a record, or where its lease begins.
class Place {
 public:
  explicit Place(const Lease& lease) : after_(lease.checkpoint), start_(lease.start) {}

  void MoveBehind(SequenceNumber number) { after_ = number; }
  void MoveBehind(const RecordList& records) {
    if (!records.empty()) after_ = records[records.size() - 1].sequence_number;
  }

  ShardIteratorType type() const {
    if (after_.is_valid()) return ShardIteratorType::kAfterSequenceNumber;
    return start_ ? ShardIteratorType::kAtTimestamp : ShardIteratorType::kTrimHorizon;
  }
  std::optional<TextOr<SequenceNumber>> sequence_number() const {
    if (after_.is_valid()) return after_;
    return std::nullopt;
  }
  std::optional<absl::Time> timestamp() const { return after_.is_valid() ? std::nullopt : start_; }

 private:
  SequenceNumber after_;
  std::optional<absl::Time> start_;
};

class PollingReader final : public ShardReader {
 public:
  PollingReader(Client& client, std::string stream_name, const Lease& lease, int32_t max_records)
      : client_(client),
        stream_name_(std::move(stream_name)),
        shard_id_(lease.shard_id),
        max_records_(max_records),
        place_(lease) {}

  absl::StatusOr<ShardPage> Read() override {
    absl::StatusOr<GetRecordsResponse> response = ReadOnce();
    // One that was not used for five minutes. Twice in a row is a failure like any other.
    if (IsError(response.status(), ErrorType::kExpiredIterator)) response = ReadOnce();
    KC_RETURN_IF_ERROR(response.status());
    place_.MoveBehind(response->records);
    iterator_ = std::move(response->next_shard_iterator);
    ShardPage page;
    page.behind_latest = absl::Milliseconds(response->millis_behind_latest);
    if (!iterator_) {
      page.children = std::move(response->child_shards).value_or(std::vector<ChildShard>());
    }
    page.records = std::move(response->records);
    return page;
  }

 private:
  absl::StatusOr<GetRecordsResponse> ReadOnce() {
    if (!iterator_) {
      KC_ASSIGN_OR_RETURN(GetShardIteratorResponse made,
                          client_.GetShardIterator({
                              .stream_name = stream_name_,
                              .shard_id = shard_id_,
                              .shard_iterator_type = place_.type(),
                              .starting_sequence_number = place_.sequence_number(),
                              .timestamp = place_.timestamp(),
                          }));
      iterator_ = std::move(made.shard_iterator);
    }
    auto response = client_.GetRecords({.shard_iterator = *iterator_, .limit = max_records_});
    if (IsError(response.status(), ErrorType::kExpiredIterator)) iterator_.reset();
    return response;
  }

  Client& client_;
  const std::string stream_name_;
  const ShardId shard_id_;
  const int32_t max_records_;
  Place place_;
  std::optional<ShardIterator> iterator_;
};

class FanOutReader final : public ShardReader {
 public:
  FanOutReader(Client& client, FanOutConsumer& consumer, const Lease& lease)
      : client_(client), consumer_(consumer), shard_id_(lease.shard_id), place_(lease) {}

  absl::StatusOr<ShardPage> Read() override {
    if (!subscription_) KC_RETURN_IF_ERROR(Subscribe());
    absl::StatusOr<std::optional<SubscribeToShardEvent>> next = subscription_->Next();
    if (!next.ok() || !next->has_value()) {
      // It ends by itself after five minutes, and the next call goes on.
      subscription_.reset();
      if (IsError(next.status(), ErrorType::kResourceNotFound)) consumer_.Forget();
      KC_RETURN_IF_ERROR(next.status());
      return ShardPage();
    }
    SubscribeToShardEvent& event = **next;
    ShardPage page;
    page.behind_latest = absl::Milliseconds(event.millis_behind_latest);
    page.has_more = !event.records.empty();
    if (event.continuation_sequence_number) {
      place_.MoveBehind(*event.continuation_sequence_number);
    } else {
      place_.MoveBehind(event.records);
      page.children = std::move(event.child_shards).value_or(std::vector<ChildShard>());
    }
    page.records = std::move(event.records);
    return page;
  }

 private:
  absl::Status Subscribe() {
    KC_ASSIGN_OR_RETURN(const std::string arn, consumer_.Arn());
    absl::StatusOr<SubscribeToShardResponse> response = client_.SubscribeToShard({
        .consumer_arn = arn,
        .shard_id = shard_id_,
        .starting_position = StartingPosition{.type = place_.type(),
                                              .sequence_number = place_.sequence_number(),
                                              .timestamp = place_.timestamp()},
    });
    if (IsError(response.status(), ErrorType::kResourceNotFound)) consumer_.Forget();
    KC_RETURN_IF_ERROR(response.status());
    subscription_.emplace(std::move(response->event_stream));
    return absl::OkStatus();
  }

  Client& client_;
  FanOutConsumer& consumer_;
  const ShardId shard_id_;
  Place place_;
  std::optional<ShardSubscription> subscription_;
};

}  // namespace

std::unique_ptr<ShardReader> MakePollingReader(Client& client, std::string stream_name,
                                               const Lease& lease, int32_t max_records) {
  return std::make_unique<PollingReader>(client, std::move(stream_name), lease, max_records);
}

std::unique_ptr<ShardReader> MakeFanOutReader(Client& client, FanOutConsumer& consumer,
                                              const Lease& lease) {
  return std::make_unique<FanOutReader>(client, consumer, lease);
}

absl::StatusOr<std::string> FanOutConsumer::Arn() {
  if (!arn_.empty()) return arn_;
  const absl::Time now = time_.Now();
  if (!failure_.ok() && now < not_before_) return failure_;
  absl::StatusOr<std::string> found = Find();
  failure_ = found.status();
  if (found.ok()) {
    back_off_.Reset();
    arn_ = *found;
  } else {
    not_before_ = now + back_off_.Next(random_);
  }
  return found;
}

absl::StatusOr<std::string> FanOutConsumer::Find() {
  const auto described =
      client_.DescribeStreamConsumer({.stream_arn = stream_arn_, .consumer_name = name_});
  std::string arn;
  ConsumerStatus status{};
  if (IsError(described.status(), ErrorType::kResourceNotFound)) {
    // Another worker may be first, which is ResourceInUseException here and seen at the next look.
    KC_ASSIGN_OR_RETURN(
        const RegisterStreamConsumerResponse registered,
        client_.RegisterStreamConsumer({.stream_arn = stream_arn_, .consumer_name = name_}));
    arn = registered.consumer.consumer_arn;
    status = registered.consumer.consumer_status;
  } else {
    KC_RETURN_IF_ERROR(described.status());
    arn = described->consumer_description.consumer_arn;
    status = described->consumer_description.consumer_status;
  }
  if (status == ConsumerStatus::kActive) return arn;
  return absl::UnavailableError("consumer " + name_ + " is not ACTIVE, but " +
                                std::string(ToText(status)));
}

}  // namespace kinesis::api::internal
