// What client.h says of the errors of each operation is what the service model and the client say.
//
// The text is read from the header: the names after "Errors:" in the comment on each operation.
//   - Each is an error of the table in errors.cc.
//   - They are the errors that the model declares for the operation, but for the differences that
//     are listed here with their reasons.
//   - Each is returned by a call that is made here, or by a case of bad_input_test.cc; and no such
//     call returns one that is not written down.
#include <cctype>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"
#include "kinesis_core/testing/conformance/sample_world.h"
#include "kinesis_core/testing/conformance/table_file.h"
#include "kinesis_core/testing/faults/system_memory.h"

namespace kinesis::api {
namespace {

using testing::BadInputCase;
using testing::ReadTable;
using testing::SampleRequest;
using testing::SampleWorld;
using testing::StatusOf;

using Names = std::set<std::string>;

// --- The text ------------------------------------------------------------------------------------

// The comment on each operation, as one line without its slashes.
std::map<std::string, std::string> CommentsOfTheHeader() {
  std::map<std::string, std::string> comments;
  std::ifstream header("api/client.h");
  EXPECT_TRUE(header.good());
  std::string comment;
  std::string declaration;
  for (std::string line; std::getline(header, line);) {
    constexpr std::string_view kComment = "  // ";
    if (line.starts_with(kComment)) {
      if (!comment.empty()) comment += ' ';
      comment += line.substr(kComment.size());
      declaration.clear();
      continue;
    }
    // A declaration may take two lines: its name is what stands before "(const NAMERequest&".
    declaration += line;
    const size_t request = declaration.find("Request& request)");
    if (request != std::string::npos) {
      const size_t end = declaration.rfind('(', request);
      const size_t begin = declaration.rfind(' ', end) + 1;
      comments[declaration.substr(begin, end - begin)] = comment;
    }
    if (line.empty() || line.ends_with(';')) {
      comment.clear();
      declaration.clear();
    }
  }
  return comments;
}

// The names of errors after "Errors:", in their order; words that end like one and are none, too.
std::vector<std::string> ErrorsIn(const std::string& comment) {
  std::vector<std::string> names;
  const size_t begin = comment.find("Errors: ");
  if (begin == std::string::npos) return names;
  std::string word;
  for (const char c : comment.substr(begin) + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    if (word.ends_with("Exception")) names.push_back(word);
    word.clear();
  }
  return names;
}

// The same without order, by operation.
std::map<std::string, Names> WrittenErrors() {
  std::map<std::string, Names> written;
  for (const auto& [operation, comment] : CommentsOfTheHeader()) {
    const std::vector<std::string> names = ErrorsIn(comment);
    written[operation] = Names(names.begin(), names.end());
  }
  return written;
}

std::vector<std::string> AllOperations() {
  std::vector<std::string> names;
  for (size_t i = 0; i < kOperationCount; ++i) {
    names.emplace_back(ToText(static_cast<Operation>(i)));
  }
  return names;
}

class ContractTest : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, ContractTest, ::testing::ValuesIn(AllOperations()),
                         [](const auto& name) { return name.param; });

TEST_P(ContractTest, SaysWhatTheOperationDoesAndWhichErrorsItReturns) {
  const std::map<std::string, std::string> comments = CommentsOfTheHeader();
  ASSERT_TRUE(comments.contains(GetParam())) << "client.h has no comment on it";
  const std::string& comment = comments.at(GetParam());
  const size_t errors = comment.find(" Errors: ");
  ASSERT_NE(errors, std::string::npos) << "client.h does not list its errors: " << comment;
  EXPECT_TRUE(comment.ends_with(".")) << comment;
  const std::string rest = comment.substr(errors);
  EXPECT_EQ(ErrorsIn(comment).empty(), rest == " Errors: none but those of all operations.")
      << rest;
}

TEST_P(ContractTest, NamesErrorsOfTheTable) {
  const std::map<std::string, Names> written = WrittenErrors();
  for (const std::string& name : written.at(GetParam())) {
    EXPECT_TRUE(FindError(name).has_value()) << "errors.cc has no " << name;
  }
}

// --- The model -----------------------------------------------------------------------------------

// Errors that the client returns of every operation, or of none, whatever the model declares of
// single ones: client.h and errors.h say so for all.
bool IsOfEveryOperationOrNone(const std::string& name) {
  return name == "AccessDeniedException" || name.starts_with("KMS");
}

struct Difference {
  const char* operation;
  const char* error;
  bool written;  // and not declared by the model; else the other way round
  const char* why;
};

const std::vector<Difference>& Differences() {
  static const auto* const differences = new std::vector<Difference>{
      // No shape bounds what memory a stream takes, and the service has enough of it.
      {"CreateStream", "InternalFailureException", true, "memory"},
      {"MergeShards", "InternalFailureException", true, "memory"},
      {"SplitShard", "InternalFailureException", true, "memory"},
      {"UpdateShardCount", "InternalFailureException", true, "memory"},
      {"UpdateStreamMode", "InternalFailureException", true, "memory"},
      {"UpdateStreamWarmThroughput", "InternalFailureException", true, "memory"},
      // Rules in the form of constraints, which the model does not have. All operations may return
      // ValidationException by the model's own protocol.
      {"AddTagsToStream", "ValidationException", true, "Limits::tags_per_call_max"},
      {"RemoveTagsFromStream", "ValidationException", true, "Limits::tags_per_call_max"},
      {"TagResource", "ValidationException", true, "Limits::tags_per_call_max"},
      {"UntagResource", "ValidationException", true, "Limits::tags_per_call_max"},
      {"PutRecord", "ValidationException", true, "record size and partition key, by the stream"},
      {"PutRecords", "ValidationException", true, "record size and partition key, by the stream"},
      // As the service was seen to answer.
      {"SubscribeToShard", "InternalFailureException", true, "sequence number 0"},
      {"ListTagsForStream", "ResourceInUseException", true, "as ListTagsForResource declares it"},
      // Declared, and never the cause of a whole call's failure here.
      {"GetRecords", "InternalFailureException", false, "only if injected"},
      {"PutRecords", "InternalFailureException", false, "the error code of single records"},
      {"PutRecords", "ProvisionedThroughputExceededException", false,
       "the error code of single records"},
      {"UpdateAccountSettings", "InvalidArgumentException", false,
       "no status that is one is refused"},
  };
  return *differences;
}

TEST_P(ContractTest, ListsTheErrorsThatTheModelDeclares) {
  Names wanted;
  for (const std::vector<std::string>& row : ReadTable("api/testdata/operations.tsv")) {
    if (row.at(0) != GetParam()) continue;
    std::istringstream declared(row.at(3));
    for (std::string name; std::getline(declared, name, ',');) {
      if (!IsOfEveryOperationOrNone(name)) wanted.insert(name);
    }
  }
  ASSERT_FALSE(wanted.empty());
  for (const Difference& difference : Differences()) {
    if (difference.operation != GetParam()) continue;
    if (difference.written) {
      EXPECT_TRUE(wanted.insert(difference.error).second) << difference.error << " is declared";
    } else {
      EXPECT_EQ(wanted.erase(difference.error), 1U) << difference.error << " is not declared";
    }
  }
  Names written = WrittenErrors()[GetParam()];
  // The rate of the account's calls, and what breaks the model's constraints, are written for all.
  for (const char* common : {"LimitExceededException", "ValidationException"}) {
    if (wanted.contains(common)) written.insert(common);
  }
  EXPECT_EQ(written, wanted);
}

// --- What the client does ------------------------------------------------------------------------

// Data that no memory is left for, when that is used up.
constexpr size_t kMebibyteBytes = size_t{1} << 20;
const std::string& Mebibyte() {
  static const auto* const data = new std::string(kMebibyteBytes - 1, 'x');
  return *data;
}

// A call that is refused in a world that may have been changed before.
struct Call {
  const char* operation;
  ErrorType error;
  std::function<absl::Status(SampleWorld& world)> make;
};

// Puts the rates of the service, or other limits, into force.
void Limit(SampleWorld& world, const std::function<void(Limits& limits)>& change) {
  Limits limits = world.client().options().limits;
  change(limits);
  EXPECT_TRUE(world.client().SetLimits(limits, world.client().options().delays).ok());
}

// Calls with that request until one is refused.
template <class Method, class Request>
absl::Status Repeat(Client& client, const Method& method, const Request& request) {
  constexpr int kMost = 2000;
  absl::Status status;
  for (int i = 0; i < kMost && status.ok(); ++i) status = StatusOf((client.*method)(request));
  return status;
}

// The same at the service's rates, with the sample of the request.
template <class Request, class Method>
auto AtItsRate(const Method& method) {
  return [method](SampleWorld& world) {
    const auto request = SampleRequest<Request>(world);
    Limit(world, [](Limits& limits) { limits.rates = true; });
    return Repeat(world.client(), method, request);
  };
}

// With the sample of the request, changed.
template <class Request, class Method>
auto With(const Method& method, const std::function<void(SampleWorld&, Request&)>& change) {
  return [method, change](SampleWorld& world) {
    auto request = SampleRequest<Request>(world);
    change(world, request);
    return StatusOf((world.client().*method)(request));
  };
}

// With a NextToken that is too old, of a listing that begins with `first`.
template <class Request, class Method>
auto WithOldToken(const Method& method, const Request& listing) {
  return [method, listing](SampleWorld& world) {
    Request first = listing;
    Request next = first;
    if constexpr (requires { first.limit; }) {
      first.limit = 1;
    } else {
      first.max_results = 1;
    }
    if constexpr (std::is_same_v<Request, ListShardsRequest>) next = {};  // its token says all
    next.next_token = (world.client().*method)(first).value().next_token;
    EXPECT_TRUE(next.next_token.has_value());
    world.clock().Advance(absl::Seconds(301));
    return StatusOf((world.client().*method)(next));
  };
}

// In a client that has a stream in each mode, when the system has no more memory for it.
template <class Request, class Method>
auto WithoutMemory(const Method& method, const Request& request) {
  return [method, request](SampleWorld& /*world*/) {
    const auto client = Client::Create({.limits = Limits::Unlimited()}).value();
    EXPECT_TRUE(client->CreateStream({.stream_name = "orders", .shard_count = 2}).ok());
    EXPECT_TRUE(client->CreateStream({.stream_name = "elastic"}).ok());
    kinesis::testing::RefuseRequest(0, kinesis::testing::SystemMemory::Refuse::kFromThenOn);
    // Shards get their control blocks from slabs: until the last one is full, none is asked for.
    constexpr int kMost = 10'000;
    for (int i = 0; i < kMost; ++i) {
      const std::string name = "s" + std::to_string(i);
      if (!client->CreateStream({.stream_name = name, .shard_count = 1}).ok()) break;
    }
    absl::Status status = StatusOf(((*client).*method)(request));
    kinesis::testing::RefuseNothing();
    return status;
  };
}

std::vector<Call> Calls() {
  using Create = CreateStreamRequest;
  using Channel = CreateChannelRequest;
  using Mode = UpdateStreamModeRequest;
  const std::string orders = SampleWorld::ArnOf("orders");
  const std::string elastic = SampleWorld::ArnOf("elastic");
  const std::string no_channel = elastic + "/channel/none:abcdefghijklmnopqrst-uvw";
  const StreamModeDetails on_demand{.stream_mode = StreamMode::kOnDemand};
  const StreamModeDetails provisioned{.stream_mode = StreamMode::kProvisioned};
  return {
      // --- Streams
      {"CreateStream", ErrorType::kInvalidArgument,
       With<Create>(&Client::CreateStream,
                    [](SampleWorld&, Create& request) {
                      request.tags = TagMap{{"aws:x", ""}};
                    })},
      {"CreateStream", ErrorType::kResourceInUse,
       With<Create>(&Client::CreateStream,
                    [](SampleWorld&, Create& request) { request.stream_name = "orders"; })},
      {"CreateStream", ErrorType::kLimitExceeded,
       With<Create>(&Client::CreateStream,
                    [](SampleWorld&, Create& request) { request.shard_count = 498; })},
      {"CreateStream", ErrorType::kInternalFailure,
       WithoutMemory(&Client::CreateStream, Create{.stream_name = "one", .shard_count = 1})},
      {"ListStreams", ErrorType::kInvalidArgument,
       With<ListStreamsRequest>(
           &Client::ListStreams,
           [](SampleWorld&, ListStreamsRequest& request) { request.next_token = "x"; })},
      {"ListStreams", ErrorType::kExpiredNextToken,
       WithOldToken(&Client::ListStreams, ListStreamsRequest())},
      {"UpdateStreamMode", ErrorType::kLimitExceeded,
       [on_demand, provisioned](SampleWorld& world) {
         absl::Status status;
         for (int i = 0; i < 3 && status.ok(); ++i) {
           status = world.client().UpdateStreamMode(
               {.stream_arn = SampleWorld::ArnOf("other"),
                .stream_mode_details = i % 2 == 0 ? on_demand : provisioned});
           world.Settle();
         }
         return status;
       }},
      {"UpdateStreamMode", ErrorType::kInternalFailure,
       WithoutMemory(&Client::UpdateStreamMode, Mode{.stream_arn = elastic,
                                                     .stream_mode_details = on_demand,
                                                     .warm_throughput_mibps = 64})},
      {"UpdateStreamWarmThroughput", ErrorType::kInternalFailure,
       WithoutMemory(&Client::UpdateStreamWarmThroughput,
                     UpdateStreamWarmThroughputRequest{.stream_name = "elastic",
                                                       .warm_throughput_mibps = 64})},

      // --- Records
      {"PutRecord", ErrorType::kDryRunOperation,
       With<PutRecordRequest>(
           &Client::PutRecord,
           [](SampleWorld&, PutRecordRequest& request) { request.dry_run = true; })},
      {"PutRecord", ErrorType::kProvisionedThroughputExceeded,
       AtItsRate<PutRecordRequest>(&Client::PutRecord)},
      {"PutRecord", ErrorType::kInternalFailure,
       WithoutMemory(
           &Client::PutRecord,
           PutRecordRequest{.stream_name = "orders", .data = Mebibyte(), .partition_key = "k"})},
      {"PutRecords", ErrorType::kDryRunOperation,
       With<PutRecordsRequest>(
           &Client::PutRecords,
           [](SampleWorld&, PutRecordsRequest& request) { request.dry_run = true; })},
      {"GetShardIterator", ErrorType::kDryRunOperation,
       With<GetShardIteratorRequest>(
           &Client::GetShardIterator,
           [](SampleWorld&, GetShardIteratorRequest& request) { request.dry_run = true; })},
      {"GetShardIterator", ErrorType::kProvisionedThroughputExceeded,
       AtItsRate<GetShardIteratorRequest>(&Client::GetShardIterator)},
      {"GetShardIterator", ErrorType::kInternalFailure,
       With<GetShardIteratorRequest>(&Client::GetShardIterator,
                                     [](SampleWorld&, GetShardIteratorRequest& request) {
                                       request.shard_iterator_type = "AT_SEQUENCE_NUMBER";
                                       request.starting_sequence_number = "0";
                                       request.timestamp.reset();
                                     })},
      {"GetRecords", ErrorType::kInvalidArgument,
       With<GetRecordsRequest>(
           &Client::GetRecords,
           [](SampleWorld&, GetRecordsRequest& request) { request.shard_iterator = "x"; })},
      {"GetRecords", ErrorType::kResourceNotFound,
       With<GetRecordsRequest>(&Client::GetRecords,
                               [](SampleWorld& world, GetRecordsRequest&) {
                                 world.client()
                                     .DeleteStream({.stream_name = "orders",
                                                    .enforce_consumer_deletion = true})
                                     .IgnoreError();
                               })},
      {"GetRecords", ErrorType::kExpiredIterator,
       With<GetRecordsRequest>(&Client::GetRecords,
                               [](SampleWorld& world, GetRecordsRequest&) {
                                 world.clock().Advance(absl::Seconds(301));
                               })},
      {"GetRecords", ErrorType::kDryRunOperation,
       With<GetRecordsRequest>(
           &Client::GetRecords,
           [](SampleWorld&, GetRecordsRequest& request) { request.dry_run = true; })},
      {"GetRecords", ErrorType::kProvisionedThroughputExceeded,
       AtItsRate<GetRecordsRequest>(&Client::GetRecords)},

      // --- Shards
      {"ListShards", ErrorType::kExpiredNextToken,
       WithOldToken(&Client::ListShards, ListShardsRequest{.stream_name = "orders"})},
      {"ListShards", ErrorType::kLimitExceeded, AtItsRate<ListShardsRequest>(&Client::ListShards)},
      {"SplitShard", ErrorType::kLimitExceeded,
       With<SplitShardRequest>(&Client::SplitShard,
                               [](SampleWorld& world, SplitShardRequest&) {
                                 Limit(world,
                                       [](Limits& limits) { limits.shards_per_account = 3; });
                               })},
      {"SplitShard", ErrorType::kInternalFailure,
       WithoutMemory(&Client::SplitShard, SplitShardRequest{.stream_name = "orders",
                                                            .shard_to_split = ShardId(0),
                                                            .new_starting_hash_key = "1000"})},
      {"MergeShards", ErrorType::kInternalFailure,
       WithoutMemory(&Client::MergeShards,
                     MergeShardsRequest{.stream_name = "orders",
                                        .shard_to_merge = ShardId(0),
                                        .adjacent_shard_to_merge = ShardId(1)})},
      {"UpdateShardCount", ErrorType::kLimitExceeded,
       With<UpdateShardCountRequest>(&Client::UpdateShardCount,
                                     [](SampleWorld& world, UpdateShardCountRequest&) {
                                       Limit(world, [](Limits& limits) {
                                         limits.shard_count_updates_per_day = 0;
                                       });
                                     })},
      {"UpdateShardCount", ErrorType::kInternalFailure,
       WithoutMemory(&Client::UpdateShardCount,
                     UpdateShardCountRequest{.stream_name = "orders",
                                             .target_shard_count = 4,
                                             .scaling_type = ScalingType::kUniformScaling})},

      // --- Consumers
      {"RegisterStreamConsumer", ErrorType::kLimitExceeded,
       With<RegisterStreamConsumerRequest>(&Client::RegisterStreamConsumer,
                                           [](SampleWorld& world, RegisterStreamConsumerRequest&) {
                                             Limit(world, [](Limits& limits) {
                                               limits.consumers_per_stream_max = 1;
                                             });
                                           })},
      {"DescribeStreamConsumer", ErrorType::kLimitExceeded,
       AtItsRate<DescribeStreamConsumerRequest>(&Client::DescribeStreamConsumer)},
      {"ListStreamConsumers", ErrorType::kLimitExceeded,
       AtItsRate<ListStreamConsumersRequest>(&Client::ListStreamConsumers)},
      {"ListStreamConsumers", ErrorType::kExpiredNextToken,
       [orders](SampleWorld& world) {
         world.client()
             .RegisterStreamConsumer({.stream_arn = orders, .consumer_name = "zz"})
             .value();
         return WithOldToken(&Client::ListStreamConsumers,
                             ListStreamConsumersRequest{.stream_arn = orders})(world);
       }},
      {"DeregisterStreamConsumer", ErrorType::kLimitExceeded,
       AtItsRate<DeregisterStreamConsumerRequest>(&Client::DeregisterStreamConsumer)},
      {"SubscribeToShard", ErrorType::kInvalidArgument,
       With<SubscribeToShardRequest>(&Client::SubscribeToShard,
                                     [](SampleWorld&, SubscribeToShardRequest& request) {
                                       request.starting_position =
                                           StartingPosition{.type = "AT_SEQUENCE_NUMBER"};
                                     })},
      {"SubscribeToShard", ErrorType::kLimitExceeded,
       AtItsRate<SubscribeToShardRequest>(&Client::SubscribeToShard)},
      {"SubscribeToShard", ErrorType::kInternalFailure,
       With<SubscribeToShardRequest>(&Client::SubscribeToShard,
                                     [](SampleWorld&, SubscribeToShardRequest& request) {
                                       request.starting_position = StartingPosition{
                                           .type = "AT_SEQUENCE_NUMBER", .sequence_number = "0"};
                                     })},
      {"SubscribeToShard", ErrorType::kDryRunOperation,
       With<SubscribeToShardRequest>(
           &Client::SubscribeToShard,
           [](SampleWorld&, SubscribeToShardRequest& request) { request.dry_run = true; })},

      // --- Channels
      {"CreateChannel", ErrorType::kInvalidArgument,
       With<Channel>(&Client::CreateChannel,
                     [](SampleWorld&, Channel& request) { request.channel_name = "a b"; })},
      {"CreateChannel", ErrorType::kResourceNotFound,
       With<Channel>(&Client::CreateChannel,
                     [](SampleWorld&, Channel& request) {
                       request.stream_configuration_list->front().stream_arn =
                           SampleWorld::ArnOf("none");
                     })},
      {"CreateChannel", ErrorType::kResourceInUse,
       With<Channel>(&Client::CreateChannel,
                     [](SampleWorld&, Channel& request) { request.channel_name = "archive"; })},
      {"UpdateChannel", ErrorType::kInvalidArgument,
       With<UpdateChannelRequest>(
           &Client::UpdateChannel,
           [](SampleWorld&, UpdateChannelRequest& request) { request.channel_arn = "x"; })},
      {"UpdateChannel", ErrorType::kResourceNotFound,
       With<UpdateChannelRequest>(&Client::UpdateChannel,
                                  [no_channel](SampleWorld&, UpdateChannelRequest& request) {
                                    request.channel_arn = no_channel;
                                  })},
      {"UpdateChannel", ErrorType::kResourceInUse,
       With<UpdateChannelRequest>(&Client::UpdateChannel,
                                  [](SampleWorld& world, UpdateChannelRequest& request) {
                                    world.client().UpdateChannel(request).value();
                                  })},
      {"DeleteChannel", ErrorType::kInvalidArgument,
       With<DeleteChannelRequest>(
           &Client::DeleteChannel,
           [](SampleWorld&, DeleteChannelRequest& request) { request.channel_arn = "x"; })},
      {"DeleteChannel", ErrorType::kResourceNotFound,
       With<DeleteChannelRequest>(&Client::DeleteChannel,
                                  [no_channel](SampleWorld&, DeleteChannelRequest& request) {
                                    request.channel_arn = no_channel;
                                  })},
      {"DescribeChannel", ErrorType::kInvalidArgument,
       With<DescribeChannelRequest>(
           &Client::DescribeChannel,
           [](SampleWorld&, DescribeChannelRequest& request) { request.channel_arn = "x"; })},
      {"DescribeChannel", ErrorType::kResourceNotFound,
       With<DescribeChannelRequest>(&Client::DescribeChannel,
                                    [no_channel](SampleWorld&, DescribeChannelRequest& request) {
                                      request.channel_arn = no_channel;
                                    })},
      {"ListChannels", ErrorType::kInvalidArgument,
       With<ListChannelsRequest>(
           &Client::ListChannels,
           [](SampleWorld&, ListChannelsRequest& request) { request.max_results = 0; })},
      {"CreateChannel", ErrorType::kLimitExceeded,
       With<Channel>(&Client::CreateChannel,
                     [](SampleWorld& world, Channel&) {
                       Limit(world, [](Limits& limits) { limits.channels_per_account_max = 1; });
                     })},
      {"ListChannels", ErrorType::kExpiredNextToken,
       [](SampleWorld& world) {
         world.client().CreateChannel(SampleRequest<Channel>(world)).value();
         return WithOldToken(&Client::ListChannels, ListChannelsRequest())(world);
       }},
  };
}

// The errors that were seen, by operation.
std::map<std::string, Names> SeenErrors() {
  std::map<std::string, Names> seen;
  for (std::vector<BadInputCase> (*make)() :
       {testing::ConstraintCases, testing::AddressCases, testing::StateCases,
        testing::NotThereCases, testing::ConsumerCases}) {
    for (const BadInputCase& bad : make()) {
      if (!bad.error) continue;
      seen[bad.name.substr(0, bad.name.find('_'))].insert(std::string(ErrorName(*bad.error)));
    }
  }
  for (const Call& call : Calls()) {
    SampleWorld world;
    const absl::Status status = call.make(world);
    EXPECT_TRUE(IsError(status, call.error))
        << call.operation << ": " << ErrorName(call.error) << " expected, and not " << status;
    seen[call.operation].insert(std::string(ErrorName(call.error)));
  }
  return seen;
}

TEST(ClientContractTest, TheErrorsThatTheClientReturnsAreThoseThatAreWritten) {
  const std::map<std::string, Names> written = WrittenErrors();
  std::map<std::string, Names> seen = SeenErrors();
  for (const std::string& operation : AllOperations()) {
    for (const std::string& name : written.at(operation)) {
      EXPECT_TRUE(seen[operation].contains(name)) << operation << ": no call here gets " << name;
    }
    for (const std::string& name : seen[operation]) {
      if (name == "ValidationException") continue;  // the model's constraints: of all operations
      EXPECT_TRUE(written.at(operation).contains(name))
          << operation << ": client.h does not list " << name;
    }
  }
}

}  // namespace
}  // namespace kinesis::api
