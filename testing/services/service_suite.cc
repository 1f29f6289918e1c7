// The same calls to an engine or to a service elsewhere, with a line for each of what came of it.
//
//   service_suite                          an engine in this process
//   service_suite http://localhost:4567    an emulator of the service, or the service
//
// What differs from run to run (sequence numbers, times, tokens) is not in the lines, so that two
// services that behave alike print the same. run.sh compares them.
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/aggregation.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/api/producer.h"
#include "kinesis_core/api/waiters.h"
#include "kinesis_core/testing/services/curl_transport.h"

namespace {

namespace api = kinesis::api;
using kinesis::HashKey;
using kinesis::ShardId;

constexpr char kStream[] = "service-suite";
constexpr api::WaiterOptions kLook = {.delay = absl::Milliseconds(50), .max_attempts = 200};

class Suite {
 public:
  explicit Suite(api::Client& client) : client_(client) {}

  void Run() {
    client_.DeleteStream({.stream_name = kStream}).IgnoreError();
    WaitUntilStreamNotExists(client_, {.stream_name = kStream}, kLook).IgnoreError();
    Streams();
    Puts();
    Iterators();
    Reads();
    WrongInput();
    Tags();
    Resharding();
    Gathered();
    Ends();
  }

 private:
  static void Line(std::string_view name, std::string_view outcome) {
    std::cout << name << ": " << outcome << "\n";
  }
  static std::string TextOf(const absl::Status& status) {
    if (status.ok()) return "OK";
    const std::optional<api::Error> error = api::ErrorOf(status);
    return error ? error->name + " " + error->message : status.ToString();
  }
  static void Line(std::string_view name, const absl::Status& status) {
    Line(name, TextOf(status));
  }
  template <class T>
  static void Line(std::string_view name, const absl::StatusOr<T>& result) {
    Line(name, TextOf(result.status()));
  }

  absl::Status Settle() { return WaitUntilStreamExists(client_, {.stream_name = kStream}, kLook); }

  std::string ShardsText() {
    std::string text;
    api::ListShardsPages pages(client_, {.stream_name = kStream});
    for (const api::ListShardsResponse& page : pages) {
      for (const api::Shard& shard : page.shards) {
        text += shard.shard_id.ToString().substr(18) + "[" +
                shard.hash_key_range.starting_hash_key.ToString() + "," +
                shard.hash_key_range.ending_hash_key.ToString() + "]";
        if (shard.parent_shard_id) text += " of " + shard.parent_shard_id->ToString().substr(18);
        if (shard.adjacent_parent_shard_id) {
          text += "+" + shard.adjacent_parent_shard_id->ToString().substr(18);
        }
        text += shard.sequence_number_range.ending_sequence_number ? " closed; " : " open; ";
      }
    }
    return pages.status().ok() ? text : TextOf(pages.status());
  }

  absl::StatusOr<api::GetRecordsResponse> Read(const api::GetShardIteratorRequest& request) {
    const auto iterator = client_.GetShardIterator(request);
    if (!iterator.ok()) return iterator.status();
    return client_.GetRecords({.shard_iterator = iterator->shard_iterator});
  }
  static std::string RecordsText(const absl::StatusOr<api::GetRecordsResponse>& response) {
    if (!response.ok()) return TextOf(response.status());
    std::string text;
    for (const api::Record& record : response->records) {
      text += std::string(record.partition_key.value_or("")) + "=" + std::string(record.data) + " ";
    }
    return text + (response->next_shard_iterator ? "and more" : "and no more");
  }
  api::GetShardIteratorRequest From(ShardId shard, api::ShardIteratorType type) {
    return {.stream_name = kStream, .shard_id = shard, .shard_iterator_type = type};
  }

  void Streams() {
    Line("create", client_.CreateStream({.stream_name = kStream, .shard_count = 2}));
    Line("create twice", client_.CreateStream({.stream_name = kStream, .shard_count = 2}));
    Line("wait", Settle());
    Line("shards", ShardsText());
    const auto described = client_.DescribeStream({.stream_name = kStream});
    if (described.ok()) {
      const api::StreamDescription& stream = described->stream_description;
      Line("describe", std::string(ToText(stream.stream_status)) + " " +
                           std::to_string(stream.retention_period_hours) + " h, " +
                           std::to_string(stream.shards.size()) + " shards");
    } else {
      Line("describe", described);
    }
    const auto summary = client_.DescribeStreamSummary({.stream_name = kStream});
    Line("summary", summary.ok()
                        ? std::to_string(summary->stream_description_summary.open_shard_count)
                        : TextOf(summary.status()));
    Line("describe none", client_.DescribeStream({.stream_name = "none"}));
    Line("delete none", client_.DeleteStream({.stream_name = "none"}));
    bool is_listed = false;
    api::ListStreamsPages pages(client_, {});
    for (const api::ListStreamsResponse& page : pages) {
      for (const std::string& name : page.stream_names) is_listed |= name == kStream;
    }
    Line("listed", is_listed ? "yes" : "no");
  }

  void Puts() {
    // MD5 leads "alice" and "bob" where it does in the service.
    for (const std::string key : {"alice", "bob", "carol", "\xc3\xa9t\xc3\xa9"}) {
      const auto put =
          client_.PutRecord({.stream_name = kStream, .data = "1", .partition_key = key});
      Line("put " + key, put.ok() ? put->shard_id.ToString() : TextOf(put.status()));
      if (put.ok()) numbers_.push_back(put->sequence_number);
    }
    Line("numbers grow", numbers_.size() == 4 && numbers_[0] < numbers_[3] ? "yes" : "no");
    const auto explicit_put = client_.PutRecord({.stream_name = kStream,
                                                 .data = std::string_view("\0\xff", 2),
                                                 .partition_key = "x",
                                                 .explicit_hash_key = HashKey::Max()});
    Line("explicit hash key",
         explicit_put.ok() ? explicit_put->shard_id.ToString() : TextOf(explicit_put.status()));
    api::PutRecordsRequest many{.stream_name = kStream};
    many.records = {{.data = "2", .partition_key = "alice"}, {.data = "3", .partition_key = "bob"}};
    const auto together = client_.PutRecords(many);
    Line("put records", together.ok() ? std::to_string(together->failed_record_count) + " of " +
                                            std::to_string(together->records.size()) + " failed"
                                      : TextOf(together.status()));
    Line("put ordered",
         client_.PutRecord({.stream_name = kStream,
                            .data = "4",
                            .partition_key = "alice",
                            .sequence_number_for_ordering =
                                numbers_.empty() ? kinesis::SequenceNumber() : numbers_[0]}));
  }

  void Iterators() {
    using Type = api::ShardIteratorType;
    Line("trim horizon 0", RecordsText(Read(From(ShardId(0), Type::kTrimHorizon))));
    Line("trim horizon 1", RecordsText(Read(From(ShardId(1), Type::kTrimHorizon))));
    Line("latest", RecordsText(Read(From(ShardId(0), Type::kLatest))));
    if (numbers_.empty()) return;
    const auto first =
        client_.PutRecord({.stream_name = kStream, .data = "5", .partition_key = "alice"});
    if (!first.ok()) return;
    auto at = From(first->shard_id, Type::kAtSequenceNumber);
    at.starting_sequence_number = first->sequence_number;
    Line("at number", RecordsText(Read(at)));
    at.shard_iterator_type = Type::kAfterSequenceNumber;
    Line("after number", RecordsText(Read(at)));
    auto time = From(first->shard_id, Type::kAtTimestamp);
    time.timestamp = absl::FromUnixSeconds(1);
    const auto all = Read(time);
    Line("at time", all.ok() ? std::to_string(all->records.size()) : TextOf(all.status()));
    time.timestamp.reset();
    Line("at no time", client_.GetShardIterator(time));
    at.starting_sequence_number.reset();
    Line("after no number", client_.GetShardIterator(at));
    Line("no such shard", client_.GetShardIterator(From(ShardId(9), Type::kLatest)));
  }

  void Reads() {
    Line("no iterator", client_.GetRecords({}));
    Line("forged iterator", client_.GetRecords({.shard_iterator = "AAAA"}));
    const auto iterator =
        client_.GetShardIterator(From(ShardId(0), api::ShardIteratorType::kTrimHorizon));
    if (!iterator.ok()) return Line("limit", iterator);
    const auto one = client_.GetRecords({.shard_iterator = iterator->shard_iterator, .limit = 1});
    Line("limit", one.ok() ? std::to_string(one->records.size()) : TextOf(one.status()));
    Line("limit 0", client_.GetRecords({.shard_iterator = iterator->shard_iterator, .limit = 0}));
    Line("limit 10001",
         client_.GetRecords({.shard_iterator = iterator->shard_iterator, .limit = 10'001}));
  }

  void WrongInput() {
    Line("no name", client_.CreateStream({.shard_count = 1}));
    Line("bad name", client_.CreateStream({.stream_name = "a b", .shard_count = 1}));
    Line("long name",
         client_.CreateStream({.stream_name = std::string(129, 'a'), .shard_count = 1}));
    Line("no shards", client_.CreateStream({.stream_name = "x", .shard_count = 0}));
    Line("no key", client_.PutRecord({.stream_name = kStream, .data = "x"}));
    Line("empty key",
         client_.PutRecord({.stream_name = kStream, .data = "x", .partition_key = ""}));
    const std::string long_key(257, 'k');
    Line("long key",
         client_.PutRecord({.stream_name = kStream, .data = "x", .partition_key = long_key}));
    Line("no data", client_.PutRecord({.stream_name = kStream, .partition_key = "k"}));
    const std::string large((1 << 20) + 1, 'x');
    Line("large data",
         client_.PutRecord({.stream_name = kStream, .data = large, .partition_key = "k"}));
    Line("hash key above",
         client_.PutRecord({.stream_name = kStream,
                            .data = "x",
                            .partition_key = "k",
                            .explicit_hash_key = "340282366920938463463374607431768211456"}));
    Line(
        "hash key of letters",
        client_.PutRecord(
            {.stream_name = kStream, .data = "x", .partition_key = "k", .explicit_hash_key = "a"}));
    Line("put to none",
         client_.PutRecord({.stream_name = "none", .data = "x", .partition_key = "k"}));
    api::PutRecordsRequest none{.stream_name = kStream};
    none.records.emplace();
    Line("put no records", client_.PutRecords(none));
    Line("iterator of no type",
         client_.GetShardIterator({.stream_name = kStream, .shard_id = ShardId(0)}));
    Line("iterator of a wrong type",
         client_.GetShardIterator(
             {.stream_name = kStream, .shard_id = ShardId(0), .shard_iterator_type = "OLDEST"}));
  }

  void Tags() {
    Line("add tags", client_.AddTagsToStream(
                         {.stream_name = kStream, .tags = api::TagMap{{"a", "1"}, {"b", ""}}}));
    const auto tags = client_.ListTagsForStream({.stream_name = kStream});
    std::string text;
    if (tags.ok()) {
      for (const api::Tag& tag : tags->tags) text += tag.key + "=" + tag.value.value_or("") + " ";
    }
    Line("tags", tags.ok() ? text : TextOf(tags.status()));
    Line("remove tag", client_.RemoveTagsFromStream(
                           {.stream_name = kStream, .tag_keys = std::vector<std::string>{"a"}}));
    Line("longer retention", client_.IncreaseStreamRetentionPeriod(
                                 {.stream_name = kStream, .retention_period_hours = 48}));
    Settle().IgnoreError();
    Line("no longer", client_.IncreaseStreamRetentionPeriod(
                          {.stream_name = kStream, .retention_period_hours = 25}));
    Line("shorter retention", client_.DecreaseStreamRetentionPeriod(
                                  {.stream_name = kStream, .retention_period_hours = 24}));
    Settle().IgnoreError();
  }

  void Resharding() {
    Line("split at its start", client_.SplitShard({.stream_name = kStream,
                                                   .shard_to_split = ShardId(0),
                                                   .new_starting_hash_key = HashKey::Min()}));
    Line("split", client_.SplitShard({.stream_name = kStream,
                                      .shard_to_split = ShardId(0),
                                      .new_starting_hash_key = HashKey::FromHalves(1, 0)}));
    Line("settled", Settle());
    Line("merge far ones", client_.MergeShards({.stream_name = kStream,
                                                .shard_to_merge = ShardId(1),
                                                .adjacent_shard_to_merge = ShardId(2)}));
    Line("merge", client_.MergeShards({.stream_name = kStream,
                                       .shard_to_merge = ShardId(3),
                                       .adjacent_shard_to_merge = ShardId(1)}));
    Line("settled again", Settle());
    Line("split a closed one",
         client_.SplitShard({.stream_name = kStream,
                             .shard_to_split = ShardId(0),
                             .new_starting_hash_key = HashKey::FromHalves(1, 0)}));
    Line("shards after it", ShardsText());
    Line("a closed shard",
         RecordsText(Read(From(ShardId(0), api::ShardIteratorType::kTrimHorizon))));
  }

  void Gathered() {
    int stored = 0;
    api::ProducerOptions options{.stream_name = kStream};
    options.on_result = [&](const api::ProducerResult& result) { stored += result.status.ok(); };
    const auto producer = api::Producer::Create(client_, options).value();
    for (int i = 0; i < 100; ++i) {
      const std::string key = "producer" + std::to_string(i);
      producer->Put({.partition_key = key, .data = "d"}).status().IgnoreError();
    }
    Line("producer", producer->Flush());
    int read = 0;
    for (const uint32_t shard : {2, 4}) {
      const auto response = Read(From(ShardId(shard), api::ShardIteratorType::kTrimHorizon));
      if (!response.ok()) continue;
      for (const api::UserRecord& user : Deaggregate(response->records)) {
        read += user.partition_key->starts_with("producer") ? 1 : 0;
      }
    }
    Line("gathered", std::to_string(stored) + " stored, " + std::to_string(read) + " read");
  }

  void Ends() {
    Line("delete", client_.DeleteStream({.stream_name = kStream}));
    Line("gone", WaitUntilStreamNotExists(client_, {.stream_name = kStream}, kLook));
  }

  api::Client& client_;
  std::vector<kinesis::SequenceNumber> numbers_;
};

}  // namespace

int main(int argc, char** argv) {
  // Other rates than an engine's are not what is compared.
  api::ClientOptions engine_options;
  engine_options.limits.rates = false;
  absl::StatusOr<std::unique_ptr<api::Client>> client =
      argc < 2 ? api::Client::Create(engine_options)
               : api::Client::Create(kinesis::testing::CurlTransport(),
                                     {.endpoint = argv[1], .credentials = {"id", "secret"}});
  if (!client.ok()) {
    std::cerr << client.status() << "\n";
    return 1;
  }
  Suite(**client).Run();
}
