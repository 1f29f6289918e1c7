// SampleSubscriber: SampleReader by enhanced fan-out.
#ifndef KINESIS_CORE_TESTING_INTERNAL_SAMPLE_SUBSCRIBER_H_
#define KINESIS_CORE_TESTING_INTERNAL_SAMPLE_SUBSCRIBER_H_

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "kinesis_core/api/client.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/consumer_exerciser.h"
#include "kinesis_core/testing/internal/sample_reader.h"

namespace kinesis::testing {

// A consumer that reads a whole stream by enhanced fan-out, a subscription for each shard that may
// be read, and is right. A test replaces how it takes the failure and the end of a subscription.
class SampleSubscriber : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    if (consumer_arn_.empty() && !Register()) return;
    SampleReader::Step();
  }

 protected:
  void ReadPage(ShardId shard) override {
    auto found = subscriptions_.find(shard);
    if (found == subscriptions_.end()) {
      const std::optional<std::string> kept = context_.Load(KeyOf(shard));
      api::StartingPosition start{.type = api::ShardIteratorType::kTrimHorizon};
      if (kept)
        start = {.type = api::ShardIteratorType::kAfterSequenceNumber, .sequence_number = *kept};
      auto response = context_.client().SubscribeToShard(
          {.consumer_arn = consumer_arn_, .shard_id = shard, .starting_position = start});
      if (!response.ok()) return;
      found = subscriptions_.emplace(shard, std::move(response->event_stream)).first;
    }
    const auto event = found->second.Next();
    if (!event.ok()) return OnFailedEvent(shard);
    if (!event->has_value()) return OnEndOfSubscription(shard);
    if (!(*event)->records.empty()) Handle(shard, (*event)->records);
    if ((*event)->child_shards) context_.Save(KeyOf(shard), "done");
  }
  virtual void OnFailedEvent(ShardId shard) { subscriptions_.erase(shard); }
  virtual void OnEndOfSubscription(ShardId shard) { subscriptions_.erase(shard); }

 private:
  bool Register() {
    const auto summary =
        context_.client().DescribeStreamSummary({.stream_name = context_.stream_name()});
    if (!summary.ok()) return false;
    const std::string& arn = summary->stream_description_summary.stream_arn;
    const auto registered =
        context_.client().RegisterStreamConsumer({.stream_arn = arn, .consumer_name = "reader"});
    if (registered.ok()) {
      consumer_arn_ = registered->consumer.consumer_arn;
      return true;
    }
    const auto described =
        context_.client().DescribeStreamConsumer({.stream_arn = arn, .consumer_name = "reader"});
    if (!described.ok()) return false;
    consumer_arn_ = described->consumer_description.consumer_arn;
    return true;
  }
  std::string consumer_arn_;
  std::map<ShardId, api::ShardSubscription> subscriptions_;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_SAMPLE_SUBSCRIBER_H_
