// Client: start here. The Kinesis Data Streams service, whole, inside this process.
//
//   auto client = kinesis::api::Client::Create().value();
//   client->CreateStream({.stream_name = "orders", .shard_count = 1}).IgnoreError();
//   auto put = client->PutRecord(
//       {.stream_name = "orders", .data = "tea", .partition_key = "alice"});
//   if (!put.ok()) std::cerr << ErrorOf(put.status())->name;  // "ResourceNotFoundException" ...
//
// One method for each of the 45 operations, with the service's shapes, limits, errors and life
// cycles; records, shards and memory are the engine's. Time is the engine's clock: whatever the
// service does by itself (a stream turning ACTIVE, a token expiring, a throttle letting go) happens
// when that clock says so and somebody looks. No threads, no sockets, and no files unless the
// engine has a directory:
//
//   auto client = kinesis::api::Client::Create({}, {.directory = "/var/lib/orders"}).value();
//
// Then all streams that the client makes are of Durability::kProcess, or of what stream_options ask
// for beyond that: they survive the end of the process, kill -9 included, and a loss of power with
// kInterval and kGroup alone. The next client of the same account and
// region with that directory has them again, with their records under the same sequence numbers,
// ids, ARNs, settings, tags, policies, consumers, channels and the account's settings. What was
// CREATING, UPDATING or DELETING goes on being so until its time. Begun anew are rates, shard-level
// metrics, subscriptions, shard iterators and pagination tokens. An operation that has succeeded is
// there; one that the disk does not take fails with InternalFailureException.
//
// Errors: each is one of errors.h, and which one wins when several apply is always the same. First
// come those that every operation has, and that are not repeated below: UnknownOperationException
// (the year of the limits does not have the operation), ValidationException (types and constraints
// of the service model), whatever a FaultInjector asks for, and LimitExceededException (the
// account's rate of such calls). Then come those that the operation names after "Errors:", in that
// order, with these words for causes that recur:
//
//   names     the names that are given are none or do not agree, or an ARN is malformed
//   no ...    what is named is not there, or no more
//   state     the stream is not ACTIVE; or, where that is said, neither ACTIVE nor UPDATING
//   memory    the engine's memory_budget_bytes is used up: the message says how much there is; with
//             a directory, disk_budget_bytes is, or the disk has failed
//
// An operation that fails has changed nothing, unless it says otherwise.
//
// Memory: a shard holds what retention holds, within the engine's memory_budget_bytes.
#ifndef KINESIS_CORE_API_CLIENT_H_
#define KINESIS_CORE_API_CLIENT_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/account_operations.h"
#include "kinesis_core/api/channel_operations.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/consumer_operations.h"
#include "kinesis_core/api/record_operations.h"
#include "kinesis_core/api/remote_options.h"
#include "kinesis_core/api/shard_level_metrics.h"
#include "kinesis_core/api/shard_operations.h"
#include "kinesis_core/api/stream_operations.h"
#include "kinesis_core/api/tag_operations.h"
#include "kinesis_core/api/transport.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/export.h"
#include "kinesis_core/options.h"

namespace kinesis {
class Engine;
}  // namespace kinesis

namespace kinesis::api {

// Thread-safe: all operations may run concurrently. Puts and reads of different shards wait for
// each other at most for the few nanoseconds of a look-up.
//
// Lifetime: the engine outlives the client. Responses may outlive both, subscriptions excepted.
class KINESIS_CORE_EXPORT Client {
 public:
  // A client with an engine of its own. kInvalidArgument: an option is wrong, as it says, or
  // stream_options.durability is not kMemory and there is no directory. With a directory also the
  // errors of Engine::Create; kFailedPrecondition: another version has written what clients keep
  // there; kDataLoss: it is not as it was written. Partitioners that streams were made with are
  // EngineOptions::partitioners and stream_options.partitioner.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options = {},
                                                        const EngineOptions& engine_options = {});
  // A client of an engine that is there. It sees the streams that were made through it, which may
  // be put to, read and resharded through the engine as well, but not deleted. A name that the
  // engine has in use otherwise is in use here too (ResourceInUseException). The same errors; and
  // kUnavailable: the engine has a directory, and another client of the account and region that is
  // there now.
  static absl::StatusOr<std::unique_ptr<Client>> Create(Engine& engine,
                                                        const ClientOptions& options = {});
  // A client of a service elsewhere: Amazon's, or whatever speaks its protocol, such as a
  // JsonService behind a server. The same operations, errors and shapes go over HTTP, which
  // `transport` carries; remote_options.h says how requests are signed and when they are tried
  // again. What differs between the two is in kinesis_core/doc/limits.md.
  //
  // kInvalidArgument: an option is wrong, as it says. It is defined in the library
  // @kinesis_core//:remote, which alone needs the JSON codec and OpenSSL's libcrypto.
  static absl::StatusOr<std::unique_ptr<Client>> Create(Transport transport,
                                                        const RemoteOptions& options);
  virtual ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Whether the streams are in this process, and not those of a service behind a transport.
  virtual bool in_process() const = 0;
  // The clock by which the client waits: its engine's, or RemoteOptions::clock.
  virtual Clock& clock() const = 0;
  // The engine that holds the streams. Over a transport: one without any, on clock(); what the
  // service holds is reached by the operations alone.
  virtual Engine& engine() const = 0;
  // Over a transport: RemoteOptions::region, and Limits::Kinesis() as those of the service.
  virtual const ClientOptions& options() const = 0;

  // Puts other limits and delays into force from now on; what rates had counted is forgotten.
  // Streams, consumers and subscriptions stay as they are, whatever the new limits say of their
  // number or size, and a stream keeps its own MaxRecordSizeInKiB.
  // Requires: no other operation of the client runs meanwhile.
  //
  // kUnimplemented: the client is one over a transport, and limits are the service's own.
  virtual absl::Status SetLimits(const Limits& limits, const LifecycleDelays& delays) = 0;

  // --- Streams

  // Makes a stream, in CREATING for as long as LifecycleDelays says and then ACTIVE. Without a mode
  // it is PROVISIONED if it has a number of shards and ON_DEMAND if not. O(streams + shards).
  // Errors: ValidationException (members do not go with the mode, too many shards for one call);
  // InvalidArgumentException (record distribution strategy or warm throughput);
  // ResourceInUseException (the name is taken); InvalidArgumentException (tags);
  // LimitExceededException (streams in CREATING or DELETING, ON_DEMAND streams or shards of the
  // account); InternalFailureException (memory).
  virtual absl::Status CreateStream(const CreateStreamRequest& request) = 0;

  // Puts a stream, also one in CREATING, into DELETING, and takes it away when that is over: with
  // its records, consumers and tags. Its name is free from then on. Puts, reads and subscriptions
  // miss it at once.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (it is in DELETING already; it has consumers, and
  // EnforceConsumerDeletion is not set; it has channels).
  virtual absl::Status DeleteStream(const DeleteStreamRequest& request) = 0;

  // What a stream is, with a page of its shards in order of id, closed ones that still hold records
  // included; none while it is in CREATING. O(shards).
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (ExclusiveStartShardId is
  // no shard's id, no stream).
  virtual absl::StatusOr<DescribeStreamResponse> DescribeStream(
      const DescribeStreamRequest& request) = 0;

  // What a stream is, with counts in place of shards. O(shards + channels).
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream).
  virtual absl::StatusOr<DescribeStreamSummaryResponse> DescribeStreamSummary(
      const DescribeStreamSummaryRequest& request) = 0;

  // A page of the streams, in every state, in order of name. O(streams log streams).
  // Errors: InvalidArgumentException (NextToken is not of this operation and client);
  // ExpiredNextTokenException (it is older than Limits::next_token_lifetime).
  virtual absl::StatusOr<ListStreamsResponse> ListStreams(const ListStreamsRequest& request) = 0;

  // Changes the mode, in UPDATING for as long as LifecycleDelays says. An ON_DEMAND stream grows by
  // itself; one that becomes PROVISIONED keeps its shards and goes by partition keys again. A warm
  // throughput is as of UpdateStreamWarmThroughput; the mode stays changed if memory is lacking for
  // it. The mode that the stream has is no change.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state); ValidationException (a warm throughput for PROVISIONED);
  // InvalidArgumentException (a warm throughput above the limit); ResourceInUseException (a stream
  // with channels cannot become PROVISIONED); LimitExceededException (changes in 24 hours);
  // InternalFailureException (memory).
  virtual absl::Status UpdateStreamMode(const UpdateStreamModeRequest& request) = 0;

  // Changes by what the records of an ON_DEMAND stream are spread, for those that are put from now
  // on. The stream stays ACTIVE.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state); InvalidArgumentException (the stream is PROVISIONED).
  virtual absl::Status UpdateStreamRecordDistributionStrategy(
      const UpdateStreamRecordDistributionStrategyRequest& request) = 0;

  // Gives an ON_DEMAND stream at least one open shard for each MiB/s, in UPDATING meanwhile; it
  // never takes shards away.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state); ValidationException (the stream is PROVISIONED);
  // InvalidArgumentException (above the limit); InternalFailureException (memory).
  virtual absl::StatusOr<UpdateStreamWarmThroughputResponse> UpdateStreamWarmThroughput(
      const UpdateStreamWarmThroughputRequest& request) = 0;

  // Changes how large a record may be, for those that are put from now on; UPDATING follows.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state).
  virtual absl::Status UpdateMaxRecordSize(const UpdateMaxRecordSizeRequest& request) = 0;

  // Lengthens the retention period, from now on; UPDATING follows. Records that are there live
  // longer, too. The period that the stream has is no change.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state); InvalidArgumentException (out of range, shorter than it is).
  virtual absl::Status IncreaseStreamRetentionPeriod(
      const IncreaseStreamRetentionPeriodRequest& request) = 0;

  // Shortens the retention period, from now on; UPDATING follows. Records that are older go. The
  // period that the stream has is no change.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state); InvalidArgumentException (out of range, longer than it is).
  virtual absl::Status DecreaseStreamRetentionPeriod(
      const DecreaseStreamRetentionPeriodRequest& request) = 0;

  // Keeps the key, which the stream's records and descriptions show from now on; their bytes stay
  // plain. UPDATING follows.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state); InvalidArgumentException (a type other than KMS).
  virtual absl::Status StartStreamEncryption(const StartStreamEncryptionRequest& request) = 0;

  // Forgets the key, also if there is none. UPDATING follows.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state); InvalidArgumentException (a type other than KMS).
  virtual absl::Status StopStreamEncryption(const StopStreamEncryptionRequest& request) = 0;

  // Switches shard-level metrics on, for GetShardLevelMetric; UPDATING follows. Those that are on
  // stay on.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state).
  virtual absl::StatusOr<EnhancedMonitoringResponse> EnableEnhancedMonitoring(
      const EnableEnhancedMonitoringRequest& request) = 0;

  // Switches shard-level metrics off; UPDATING follows. Datapoints that are there stay for a day.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state).
  virtual absl::StatusOr<EnhancedMonitoringResponse> DisableEnhancedMonitoring(
      const DisableEnhancedMonitoringRequest& request) = 0;

  // Not an operation of the service but of CloudWatch, without its limits: the datapoints of a
  // shard-level metric, in order of time. Minutes without a sample, and those before the metric was
  // enabled or more than a day ago, are left out; a shard that was never used has none.
  // Over a transport it is kUnimplemented: ask CloudWatch.
  // Errors: InvalidArgumentException (the period, or kAll); ResourceNotFoundException (no stream).
  virtual absl::StatusOr<std::vector<MetricDatapoint>> GetShardLevelMetric(
      const ShardLevelMetricQuery& query) = 0;

  // --- Records

  // Stores one record at the end of the shard that its key leads to, where it can be read as soon
  // as this returns. With DryRun it stores and charges nothing.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream, or it is in
  // CREATING or DELETING); ValidationException (no partition key where it decides);
  // InvalidArgumentException (ExplicitHashKey above 2^128 - 1); ValidationException (larger than
  // the stream's records may be); InvalidArgumentException (SequenceNumberForOrdering was not given
  // out by this stream); DryRunOperationException; ProvisionedThroughputExceededException (the
  // shard's rates); InternalFailureException (memory).
  virtual absl::StatusOr<PutRecordResponse> PutRecord(const PutRecordRequest& request) = 0;

  // Stores up to 500 records, in order within each shard. It succeeds although single records fail:
  // each says so itself, with the error code ProvisionedThroughputExceededException or
  // InternalFailure, and those after it are put all the same. With DryRun it stores and charges
  // nothing.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream, or it is in
  // CREATING or DELETING); ValidationException (no partition key where it decides);
  // InvalidArgumentException (ExplicitHashKey above 2^128 - 1); ValidationException (a record is
  // larger than the stream's may be); InvalidArgumentException (all together are too large);
  // DryRunOperationException.
  virtual absl::StatusOr<PutRecordsResponse> PutRecords(const PutRecordsRequest& request) = 0;

  // A token for GetRecords that begins at a place of a shard. It is good for
  // Limits::iterator_lifetime.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (ShardId is no shard's id,
  // no stream, no shard; the stream is in CREATING or DELETING);
  // ProvisionedThroughputExceededException (the shard's rate of this call, DryRun excepted);
  // InvalidArgumentException (members do not go with the type; StartingSequenceNumber is not of
  // this shard, or beyond its records; Timestamp is in the future); InternalFailureException
  // (StartingSequenceNumber is 0, as in the service); DryRunOperationException.
  virtual absl::StatusOr<GetShardIteratorResponse> GetShardIterator(
      const GetShardIteratorRequest& request) = 0;

  // The records that follow, as far as they are there, and the token to go on with: none at the end
  // of a closed shard, which names its children instead. Never waits. Copies no data: the records
  // are views that keep their memory (record_list.h). The token may be used again.
  // Errors: InvalidArgumentException (the token is not of this client); ExpiredIteratorException
  // (it is too old); ResourceNotFoundException (no stream, no shard); InvalidArgumentException (the
  // stream that is named beside it is another one); DryRunOperationException;
  // ProvisionedThroughputExceededException (the shard's rates).
  virtual absl::StatusOr<GetRecordsResponse> GetRecords(const GetRecordsRequest& request) = 0;

  // --- Shards

  // A page of a stream's shards, in order of id, that pass the filter. All pages of a listing see
  // the filter as of the first. O(shards).
  // Errors: InvalidArgumentException (names; any member beside NextToken; NextToken is not of this
  // operation and client); ExpiredNextTokenException; ResourceNotFoundException
  // (ExclusiveStartShardId is no shard's id, no stream, or not one of that creation time);
  // InvalidArgumentException (the filter); LimitExceededException (the stream's rate of this call);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING).
  virtual absl::StatusOr<ListShardsResponse> ListShards(const ListShardsRequest& request) = 0;

  // Splits an open shard in two at a hash key: it closes, and its children take the puts. That
  // happens when the stream's UPDATING ends; until then all is as before.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (ShardToSplit is no shard's
  // id, no stream); ResourceInUseException (state); ValidationException (the stream is ON_DEMAND);
  // ResourceNotFoundException (no shard); InvalidArgumentException (the shard is closed, the key is
  // not inside its range); LimitExceededException (shards of the account); InternalFailureException
  // (memory).
  virtual absl::Status SplitShard(const SplitShardRequest& request) = 0;

  // Merges two open shards, the second of which follows the first among the hash keys: they close,
  // and their child takes the puts, when the stream's UPDATING ends.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (text that is no shard's
  // id, no stream); ResourceInUseException (state); ValidationException (the stream is ON_DEMAND);
  // ResourceNotFoundException (no shard); InvalidArgumentException (a shard is closed, they are not
  // adjacent); InternalFailureException (memory).
  virtual absl::Status MergeShards(const MergeShardsRequest& request) = 0;

  // Replaces the open shards by so many of equal size, when the stream's UPDATING ends. A call that
  // fails for memory counts among those of the day.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (state); ValidationException (the stream is ON_DEMAND);
  // LimitExceededException (more than a stream may have); InvalidArgumentException (over double or
  // below half of what it has); LimitExceededException (shards of the account, calls in 24 hours);
  // InternalFailureException (memory).
  virtual absl::StatusOr<UpdateShardCountResponse> UpdateShardCount(
      const UpdateShardCountRequest& request) = 0;

  // --- Consumers

  // Registers a consumer, in CREATING for as long as LifecycleDelays says and then ACTIVE. Its ARN
  // is no other consumer's, not even of one that had its name.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // LimitExceededException (the stream's rate of this call); ResourceInUseException (the stream is
  // neither ACTIVE nor UPDATING, the name is taken); InvalidArgumentException (tags);
  // LimitExceededException (consumers of the stream, those in CREATING).
  virtual absl::StatusOr<RegisterStreamConsumerResponse> RegisterStreamConsumer(
      const RegisterStreamConsumerRequest& request) = 0;

  // What a consumer is, in whatever state.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // LimitExceededException (the stream's rate of this call); ResourceNotFoundException (no
  // consumer).
  virtual absl::StatusOr<DescribeStreamConsumerResponse> DescribeStreamConsumer(
      const DescribeStreamConsumerRequest& request) = 0;

  // A page of a stream's consumers, in every state, in order of name.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // LimitExceededException (the stream's rate of this call); ResourceInUseException (the stream is
  // neither ACTIVE nor UPDATING); InvalidArgumentException (StreamCreationTimestamp beside
  // NextToken); ResourceNotFoundException (the stream is not of that creation time);
  // InvalidArgumentException (NextToken is not of this listing); ExpiredNextTokenException.
  virtual absl::StatusOr<ListStreamConsumersResponse> ListStreamConsumers(
      const ListStreamConsumersRequest& request) = 0;

  // Puts a consumer into DELETING, and takes it away when that is over. Its subscriptions end at
  // once. One that is in DELETING already stays so for as long as it was going to.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // LimitExceededException (the stream's rate of this call); ResourceNotFoundException (no
  // consumer).
  virtual absl::Status DeregisterStreamConsumer(const DeregisterStreamConsumerRequest& request) = 0;

  // Begins a subscription, which delivers a shard's records to a consumer until it ends
  // (shard_subscription.h), and takes over from the one that the consumer has to this shard. With
  // DryRun that one goes on, and nothing is charged.
  // Errors: InvalidArgumentException (the ARN is no consumer's); ResourceNotFoundException (ShardId
  // is no shard's id, no stream, no consumer, no shard); LimitExceededException (the rate of this
  // call for the consumer and shard); ResourceInUseException (the stream is neither ACTIVE nor
  // UPDATING, the consumer is not ACTIVE); InvalidArgumentException and InternalFailureException
  // (StartingPosition, as in GetShardIterator); DryRunOperationException; ResourceInUseException
  // (the consumer has subscribed to the shard within Limits::resubscribe_after).
  virtual absl::StatusOr<SubscribeToShardResponse> SubscribeToShard(
      const SubscribeToShardRequest& request) = 0;

  // --- Channels. Data only: nothing is delivered. O(channels) each.

  // Makes a channel of an ON_DEMAND stream, in CREATING for as long as LifecycleDelays says and
  // then ACTIVE. The stream can be neither deleted nor made PROVISIONED while it is there.
  // Errors: InvalidArgumentException (a member breaks a rule of channels; names);
  // ResourceNotFoundException (no stream); ResourceInUseException (the stream is neither ACTIVE nor
  // UPDATING); ValidationException (the stream is PROVISIONED); ResourceInUseException (the name is
  // taken); InvalidArgumentException (tags); LimitExceededException (channels of the account).
  virtual absl::StatusOr<CreateChannelResponse> CreateChannel(
      const CreateChannelRequest& request) = 0;

  // Changes how a channel delivers and logs, in UPDATING for as long as LifecycleDelays says. Its
  // destination stays what it is.
  // Errors: InvalidArgumentException (a member breaks a rule of channels, the ARN is no channel's);
  // ResourceNotFoundException (no channel); ResourceInUseException (the channel is not ACTIVE);
  // InvalidArgumentException (a member of the other kind of destination).
  virtual absl::StatusOr<UpdateChannelResponse> UpdateChannel(
      const UpdateChannelRequest& request) = 0;

  // Puts a channel into DELETING, and takes it away when that is over. One that is in DELETING
  // already stays so for as long as it was going to.
  // Errors: InvalidArgumentException (the ARN is no channel's); ResourceNotFoundException (no
  // channel).
  virtual absl::Status DeleteChannel(const DeleteChannelRequest& request) = 0;

  // What a channel is, in whatever state.
  // Errors: InvalidArgumentException (the ARN is no channel's); ResourceNotFoundException (no
  // channel).
  virtual absl::StatusOr<DescribeChannelResponse> DescribeChannel(
      const DescribeChannelRequest& request) = 0;

  // A page of the account's channels, or of those of some streams, in order of name.
  // Errors: InvalidArgumentException (MaxResults below 1, NextToken is not of this operation and
  // client); ExpiredNextTokenException.
  virtual absl::StatusOr<ListChannelsResponse> ListChannels(const ListChannelsRequest& request) = 0;

  // --- Tags

  // Adds tags to a stream; a key that it has gets the new value.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); ValidationException (more
  // than one call may add); InvalidArgumentException (their characters, a reserved key, more than a
  // resource may have).
  virtual absl::Status AddTagsToStream(const AddTagsToStreamRequest& request) = 0;

  // Removes tags from a stream. Keys that it does not have are passed over.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); ValidationException (more
  // than one call may remove); InvalidArgumentException (a key's characters, a reserved key).
  virtual absl::Status RemoveTagsFromStream(const RemoveTagsFromStreamRequest& request) = 0;

  // A page of a stream's tags, in order of key; all of them without a limit.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); InvalidArgumentException
  // (the characters of ExclusiveStartTagKey).
  virtual absl::StatusOr<ListTagsForStreamResponse> ListTagsForStream(
      const ListTagsForStreamRequest& request) = 0;

  // The same as AddTagsToStream for a stream, a consumer or a channel, by its ARN.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream, no channel);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); ResourceNotFoundException
  // (no consumer); ValidationException and InvalidArgumentException (tags, as in AddTagsToStream).
  virtual absl::Status TagResource(const TagResourceRequest& request) = 0;

  // The same as RemoveTagsFromStream for a stream, a consumer or a channel, by its ARN.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream, no channel);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); ResourceNotFoundException
  // (no consumer); ValidationException and InvalidArgumentException (keys, as in
  // RemoveTagsFromStream).
  virtual absl::Status UntagResource(const UntagResourceRequest& request) = 0;

  // All tags of a stream, a consumer or a channel, in order of key.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream, no channel);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); ResourceNotFoundException
  // (no consumer).
  virtual absl::StatusOr<ListTagsForResourceResponse> ListTagsForResource(
      const ListTagsForResourceRequest& request) = 0;

  // --- Account and policies

  // How many shards, ON_DEMAND streams and channels the account has, and how many it may have.
  // O(shards).
  // Errors: none but those of all operations.
  virtual absl::StatusOr<DescribeLimitsResponse> DescribeLimits(
      const DescribeLimitsRequest& request) = 0;

  // The account's billing commitment, which bills nobody.
  // Errors: none but those of all operations.
  virtual absl::StatusOr<DescribeAccountSettingsResponse> DescribeAccountSettings(
      const DescribeAccountSettingsRequest& request) = 0;

  // Begins the commitment, or ends it: no earlier than a day after it began, so until then it is
  // ENABLED_UNTIL_EARLIEST_ALLOWED_END.
  // Errors: none but those of all operations.
  virtual absl::StatusOr<UpdateAccountSettingsResponse> UpdateAccountSettings(
      const UpdateAccountSettingsRequest& request) = 0;

  // Keeps the policy of a stream or a consumer, in place of the one that it has. Nobody is refused
  // by it.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); ResourceNotFoundException
  // (no consumer); ResourceInUseException (the consumer is not ACTIVE).
  virtual absl::Status PutResourcePolicy(const PutResourcePolicyRequest& request) = 0;

  // The policy of a stream or a consumer, as it was put; "{}" if it has none.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); ResourceNotFoundException
  // (no consumer).
  virtual absl::StatusOr<GetResourcePolicyResponse> GetResourcePolicy(
      const GetResourcePolicyRequest& request) = 0;

  // Forgets the policy of a stream or a consumer.
  // Errors: InvalidArgumentException (names); ResourceNotFoundException (no stream);
  // ResourceInUseException (the stream is neither ACTIVE nor UPDATING); ResourceNotFoundException
  // (no consumer); ResourceInUseException (the consumer is not ACTIVE); ResourceNotFoundException
  // (it has no policy).
  virtual absl::Status DeleteResourcePolicy(const DeleteResourcePolicyRequest& request) = 0;

 protected:
  Client() = default;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_CLIENT_H_
