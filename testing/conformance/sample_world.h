// A small account, and for each operation a request that succeeds in it: what tests of all
// operations start from.
#ifndef KINESIS_CORE_TESTING_CONFORMANCE_SAMPLE_WORLD_H_
#define KINESIS_CORE_TESTING_CONFORMANCE_SAMPLE_WORLD_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/options.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/internal/stepping_clock.h"

namespace kinesis::api::testing {

// Thread-compatible. Nothing is throttled; everything takes as long as in the service.
//
//   orders   two shards, records, tags, a policy, 48 hours of retention, encrypted, the consumer
//            billing
//   other    one shard
//   elastic  in ON_DEMAND mode, the channel archive
class SampleWorld {
 public:
  static constexpr char kAccount[] = "000000000000";

  // Once it is made, the client's clock is ahead of clock() by `step` at every second reading.
  explicit SampleWorld(absl::Duration step = kinesis::testing::SuiteClockStep())
      : SampleWorld(step, {}) {}
  // In an engine with these options, but for the clock.
  explicit SampleWorld(const EngineOptions& engine_options)
      : SampleWorld(kinesis::testing::SuiteClockStep(), engine_options) {}

  // Ends client and engine, and makes others with the same options. On an error there is no client.
  absl::Status Restart();

  Client& client() { return *client_; }
  kinesis::SimulatedClock& clock() { return clock_; }

  static std::string ArnOf(const std::string& stream) {
    return "arn:aws:kinesis:us-east-1:000000000000:stream/" + stream;
  }
  std::string IdOf(const std::string& stream);
  // Of the channel archive.
  const std::string& channel_arn() const { return channel_arn_; }
  // Lets what was begun come to its end.
  void Settle() { clock_.Advance(absl::Seconds(10)); }

 private:
  SampleWorld(absl::Duration step, const EngineOptions& engine_options);

  kinesis::SimulatedClock clock_;
  kinesis::testing::SteppingClock stepping_;  // what the client has, if `step` says so
  EngineOptions engine_options_;
  std::unique_ptr<Client> client_;
  std::string channel_arn_;
};

// A request that succeeds in the world as it is made. Members that are structures are all there, so
// that their members can be changed one by one, unless they exclude each other.
void FillSample(SampleWorld& world, AddTagsToStreamRequest* request);
void FillSample(SampleWorld& world, CreateChannelRequest* request);
void FillSample(SampleWorld& world, CreateStreamRequest* request);
void FillSample(SampleWorld& world, DecreaseStreamRetentionPeriodRequest* request);
void FillSample(SampleWorld& world, DeleteChannelRequest* request);
void FillSample(SampleWorld& world, DeleteResourcePolicyRequest* request);
void FillSample(SampleWorld& world, DeleteStreamRequest* request);
void FillSample(SampleWorld& world, DeregisterStreamConsumerRequest* request);
void FillSample(SampleWorld& world, DescribeAccountSettingsRequest* request);
void FillSample(SampleWorld& world, DescribeChannelRequest* request);
void FillSample(SampleWorld& world, DescribeLimitsRequest* request);
void FillSample(SampleWorld& world, DescribeStreamRequest* request);
void FillSample(SampleWorld& world, DescribeStreamConsumerRequest* request);
void FillSample(SampleWorld& world, DescribeStreamSummaryRequest* request);
void FillSample(SampleWorld& world, DisableEnhancedMonitoringRequest* request);
void FillSample(SampleWorld& world, EnableEnhancedMonitoringRequest* request);
void FillSample(SampleWorld& world, GetRecordsRequest* request);
void FillSample(SampleWorld& world, GetResourcePolicyRequest* request);
void FillSample(SampleWorld& world, GetShardIteratorRequest* request);
void FillSample(SampleWorld& world, IncreaseStreamRetentionPeriodRequest* request);
void FillSample(SampleWorld& world, ListChannelsRequest* request);
void FillSample(SampleWorld& world, ListShardsRequest* request);
void FillSample(SampleWorld& world, ListStreamConsumersRequest* request);
void FillSample(SampleWorld& world, ListStreamsRequest* request);
void FillSample(SampleWorld& world, ListTagsForResourceRequest* request);
void FillSample(SampleWorld& world, ListTagsForStreamRequest* request);
void FillSample(SampleWorld& world, MergeShardsRequest* request);
void FillSample(SampleWorld& world, PutRecordRequest* request);
void FillSample(SampleWorld& world, PutRecordsRequest* request);
void FillSample(SampleWorld& world, PutResourcePolicyRequest* request);
void FillSample(SampleWorld& world, RegisterStreamConsumerRequest* request);
void FillSample(SampleWorld& world, RemoveTagsFromStreamRequest* request);
void FillSample(SampleWorld& world, SplitShardRequest* request);
void FillSample(SampleWorld& world, StartStreamEncryptionRequest* request);
void FillSample(SampleWorld& world, StopStreamEncryptionRequest* request);
void FillSample(SampleWorld& world, SubscribeToShardRequest* request);
void FillSample(SampleWorld& world, TagResourceRequest* request);
void FillSample(SampleWorld& world, UntagResourceRequest* request);
void FillSample(SampleWorld& world, UpdateAccountSettingsRequest* request);
void FillSample(SampleWorld& world, UpdateChannelRequest* request);
void FillSample(SampleWorld& world, UpdateMaxRecordSizeRequest* request);
void FillSample(SampleWorld& world, UpdateShardCountRequest* request);
void FillSample(SampleWorld& world, UpdateStreamModeRequest* request);
void FillSample(SampleWorld& world, UpdateStreamRecordDistributionStrategyRequest* request);
void FillSample(SampleWorld& world, UpdateStreamWarmThroughputRequest* request);

template <class Request>
Request SampleRequest(SampleWorld& world) {
  Request request;
  FillSample(world, &request);
  return request;
}

// Adds to a sample the structures that exclude those which it has.
template <class Request>
void Complete(Request* /*request*/) {}
void Complete(CreateChannelRequest* request);
void Complete(UpdateChannelRequest* request);

// The sample with all structures: every constraint is kept, but a rule of the operation may not be.
template <class Request>
Request CompleteRequest(SampleWorld& world) {
  auto request = SampleRequest<Request>(world);
  Complete(&request);
  return request;
}

// The status of an answer, be it a status itself or a response.
inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <class T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace kinesis::api::testing

#endif  // KINESIS_CORE_TESTING_CONFORMANCE_SAMPLE_WORLD_H_
