// The C interface as a program in C meets it: results, handles that are none, structs of any size.
#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/c/internal/handle_table.h"
#include "kinesis_core/api/c/kinesis.h"

namespace kinesis::c {
namespace {

using ::testing::HasSubstr;

std::string_view BytesOf(const kinesis_view& view) {
  return {static_cast<const char*>(view.data), view.data_size};
}

class CInterfaceTest : public ::testing::Test {
 protected:
  CInterfaceTest() {
    kinesis_engine_options options = {};
    options.size = sizeof options;
    options.clock = KINESIS_SIMULATED_CLOCK;
    options.no_delays = 1;
    EXPECT_EQ(kinesis_engine_open(&options, &engine_), KINESIS_OK) << kinesis_message();
    EXPECT_EQ(kinesis_client_open(engine_, &client_), KINESIS_OK) << kinesis_message();
  }
  ~CInterfaceTest() override { kinesis_engine_close(engine_); }

  // The answer's text; its status and subscription are in answer_.
  std::string Call(std::string_view operation, std::string_view json) {
    const int code = kinesis_client_call(client_, operation.data(), operation.size(), json.data(),
                                         json.size(), &answer_);
    return code == KINESIS_OK ? std::string(answer_.json, answer_.json_size) : kinesis_message();
  }

  kinesis_stream* MakeStream(const char* name, int64_t shards = 1) {
    kinesis_stream_options options = {};
    options.size = sizeof options;
    options.shard_count = shards;
    kinesis_stream* stream = nullptr;
    EXPECT_EQ(kinesis_stream_create(engine_, name, std::strlen(name), &options, &stream),
              KINESIS_OK)
        << kinesis_message();
    return stream;
  }

  static int Put(kinesis_stream* stream, std::string_view data) {
    return kinesis_put(stream, "key", 3, data.data(), data.size(), nullptr);
  }

  // A subscription to shard 0 of a new stream "s" with one consumer.
  kinesis_events* Subscribe() {
    Call("CreateStream", R"({"StreamName":"s","ShardCount":1})");
    const std::string arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    const std::string registered =
        Call("RegisterStreamConsumer", R"({"ConsumerName":"c","StreamARN":")" + arn + R"("})");
    const size_t at = registered.find(arn + "/consumer");
    EXPECT_NE(at, std::string::npos) << registered;
    const std::string consumer = registered.substr(at, registered.find('"', at) - at);
    EXPECT_EQ(Call("SubscribeToShard", R"({"ConsumerARN":")" + consumer +
                                           R"(","ShardId":"shardId-000000000000",)"
                                           R"("StartingPosition":{"Type":"TRIM_HORIZON"}})"),
              "{}");
    return answer_.events;
  }

  kinesis_engine* engine_ = nullptr;
  kinesis_client* client_ = nullptr;
  kinesis_answer answer_ = {sizeof(kinesis_answer), 0, 0, nullptr, 0, nullptr, nullptr};
};

// --- Operations

TEST_F(CInterfaceTest, AnOperationIsAnsweredAsItsServiceWould) {
  EXPECT_EQ(Call("CreateStream", R"({"StreamName":"orders","ShardCount":1})"), "{}");
  EXPECT_EQ(answer_.http_status, 200);
  EXPECT_STREQ(answer_.error, "");
  EXPECT_THAT(Call("Kinesis_20131202.PutRecord",
                   R"({"StreamName":"orders","PartitionKey":"a","Data":"dGVh"})"),
              HasSubstr(R"("ShardId":"shardId-000000000000")"));
  EXPECT_THAT(Call("PutRecord", R"({"StreamName":"nope","PartitionKey":"a","Data":""})"),
              HasSubstr("Stream nope under account 000000000000 not found."));
  EXPECT_EQ(answer_.http_status, 400);
  EXPECT_STREQ(answer_.error, "ResourceNotFoundException");
  EXPECT_THAT(Call("Nonsense", "{}"), HasSubstr("UnknownOperationException"));
  EXPECT_THAT(Call("", ""), HasSubstr("UnknownOperationException"));
  EXPECT_THAT(Call("ListStreams", "{"), HasSubstr("SerializationException"));
}

TEST_F(CInterfaceTest, ASubscriptionBeginsWithItsInitialResponseAndEndsWithItsTime) {
  kinesis_events* const events = Subscribe();
  ASSERT_NE(events, nullptr);
  kinesis_event event = {};
  event.size = sizeof event;
  ASSERT_EQ(kinesis_events_next(events, 0, &event), KINESIS_OK);
  EXPECT_THAT(std::string(event.frames, event.frames_size), HasSubstr("initial-response"));
  ASSERT_EQ(kinesis_events_next(events, 0, &event), KINESIS_OK);
  EXPECT_EQ(event.idle, 1);
  Call("PutRecord", R"({"StreamName":"s","PartitionKey":"a","Data":"dGVh"})");
  ASSERT_EQ(kinesis_events_next(events, 0, &event), KINESIS_OK);
  EXPECT_EQ(event.idle, 0);
  EXPECT_THAT(std::string(event.frames, event.frames_size), HasSubstr(R"("Data":"dGVh")"));
  EXPECT_THAT(std::string(event.json, event.json_size), HasSubstr("SubscribeToShardEvent"));
  ASSERT_EQ(kinesis_advance(engine_, 300'000), KINESIS_OK);
  EXPECT_EQ(kinesis_events_next(events, 0, &event), KINESIS_END);
  EXPECT_EQ(kinesis_events_close(events), KINESIS_OK);
  EXPECT_EQ(kinesis_events_next(events, 0, &event), KINESIS_BAD_HANDLE);
}

TEST_F(CInterfaceTest, TimeThatMovesByItselfMakesAWaitForEventsTakeNone) {
  kinesis_events* const events = Subscribe();
  ASSERT_EQ(kinesis_auto_advance(engine_, 1), KINESIS_OK);
  int64_t before = 0;
  kinesis_now(engine_, &before);
  kinesis_event event = {};
  event.size = sizeof event;
  kinesis_events_next(events, 5000, &event);  // the initial response, at once
  EXPECT_EQ(kinesis_events_next(events, 5000, &event), KINESIS_OK);
  int64_t after = 0;
  kinesis_now(engine_, &after);
  EXPECT_EQ(after - before, 5000);
  EXPECT_EQ(event.idle, 1);
}

TEST_F(CInterfaceTest, FaultsComeAsTextAndTellWhatTheyDid) {
  Call("CreateStream", R"({"StreamName":"s","ShardCount":1})");
  const std::string_view rules = "fail put with ProvisionedThroughputExceeded, 1 time\n";
  ASSERT_EQ(kinesis_faults_add(engine_, rules.data(), rules.size()), KINESIS_OK);
  const std::string_view put = R"({"StreamName":"s","PartitionKey":"a","Data":""})";
  Call("PutRecord", put);
  EXPECT_STREQ(answer_.error, "ProvisionedThroughputExceededException");
  Call("PutRecord", put);
  EXPECT_EQ(answer_.http_status, 200);
  const char* report = nullptr;
  size_t size = 0;
  ASSERT_EQ(kinesis_faults_report(engine_, &report, &size), KINESIS_OK);
  EXPECT_THAT(std::string(report, size), HasSubstr("strike 1: fail put of shardId-000000000000"));
  EXPECT_EQ(kinesis_faults_add(engine_, "boom", 4), KINESIS_INVALID_ARGUMENT);
  EXPECT_THAT(kinesis_message(), HasSubstr("line 1"));
  EXPECT_EQ(kinesis_faults_clear(engine_), KINESIS_OK);
}

TEST_F(CInterfaceTest, SimulatedTimeMovesWhenToldAndTheSystemsDoesNot) {
  int64_t now = 0;
  ASSERT_EQ(kinesis_now(engine_, &now), KINESIS_OK);
  EXPECT_EQ(now, 1'600'000'000'000);
  EXPECT_EQ(kinesis_advance(engine_, 1500), KINESIS_OK);
  kinesis_now(engine_, &now);
  EXPECT_EQ(now, 1'600'000'001'500);
  EXPECT_EQ(kinesis_advance(engine_, INT64_MAX), KINESIS_OUT_OF_RANGE);
  EXPECT_EQ(kinesis_advance(engine_, INT64_MIN), KINESIS_OUT_OF_RANGE);
  kinesis_engine* system = nullptr;
  ASSERT_EQ(kinesis_engine_open(nullptr, &system), KINESIS_OK);
  EXPECT_EQ(kinesis_advance(system, 1), KINESIS_FAILED_PRECONDITION);
  EXPECT_EQ(kinesis_auto_advance(system, 1), KINESIS_FAILED_PRECONDITION);
  kinesis_engine_close(system);
}

TEST_F(CInterfaceTest, ASleepIsByTheEnginesClockAndEndsWithTheEngine) {
  ASSERT_EQ(kinesis_auto_advance(engine_, 1), KINESIS_OK);
  EXPECT_EQ(kinesis_sleep(engine_, 3'600'000), KINESIS_OK);
  EXPECT_EQ(kinesis_sleep(engine_, -1), KINESIS_OK);
  int64_t now = 0;
  kinesis_now(engine_, &now);
  EXPECT_EQ(now, 1'600'003'600'000);
  kinesis_auto_advance(engine_, 0);
  int code = KINESIS_OK;
  std::thread sleeper([&] { code = kinesis_sleep(engine_, 1000); });
  kinesis_engine_close(engine_);
  sleeper.join();
  EXPECT_THAT(code, ::testing::AnyOf(KINESIS_CANCELLED, KINESIS_BAD_HANDLE));
}

TEST(EngineOptionsTest, AccountRegionAndStartAreTheCallers) {
  kinesis_engine_options options = {};
  options.size = sizeof options;
  options.clock = KINESIS_SIMULATED_CLOCK;
  options.account_id = "123456789012";
  options.region = "eu-west-1";
  options.start_ms = 86'400'000;
  kinesis_engine* engine = nullptr;
  ASSERT_EQ(kinesis_engine_open(&options, &engine), KINESIS_OK) << kinesis_message();
  int64_t now = 0;
  kinesis_now(engine, &now);
  EXPECT_EQ(now, 86'400'000);
  kinesis_client* client = nullptr;
  kinesis_client_open(engine, &client);
  kinesis_answer answer = {sizeof answer, 0, 0, nullptr, 0, nullptr, nullptr};
  const std::string_view json = R"({"StreamName":"s"})";
  kinesis_client_call(client, "CreateStream", 12, json.data(), json.size(), &answer);
  kinesis_client_call(client, "DescribeStreamSummary", 21, json.data(), json.size(), &answer);
  EXPECT_THAT(std::string(answer.json), HasSubstr("arn:aws:kinesis:eu-west-1:123456789012:stream"));
  kinesis_engine_close(engine);
  options.account_id = "1";
  EXPECT_EQ(kinesis_engine_open(&options, &engine), KINESIS_INVALID_ARGUMENT);
  options.account_id = nullptr;
  options.start_ms = -1;
  EXPECT_EQ(kinesis_engine_open(&options, &engine), KINESIS_OUT_OF_RANGE);
}

// --- The bus

TEST_F(CInterfaceTest, ARecordComesBackAsItWasPutWithItsNumber) {
  kinesis_stream* const stream = MakeStream("bus");
  kinesis_sequence_number number = {};
  ASSERT_EQ(kinesis_put(stream, "alice", 5, "a\0b", 3, &number), KINESIS_OK);
  kinesis_iterator* iterator = nullptr;
  ASSERT_EQ(kinesis_iterator_open(stream, 0, KINESIS_TRIM_HORIZON, nullptr, 0, &iterator),
            KINESIS_OK);
  std::array<kinesis_view, 10> views = {};
  kinesis_read_result result = {};
  result.size = sizeof result;
  ASSERT_EQ(kinesis_iterator_read(iterator, views.data(), views.size(), &result), KINESIS_OK);
  ASSERT_EQ(result.count, 1u);
  EXPECT_EQ(BytesOf(views[0]), std::string_view("a\0b", 3));
  EXPECT_EQ(views[0].key_size, 5u);
  EXPECT_EQ(views[0].arrival_ms, 1'600'000'000'000);
  EXPECT_EQ(std::memcmp(&views[0].sequence_number, &number, sizeof number), 0);

  std::array<char, 57> text = {};
  ASSERT_EQ(kinesis_sequence_number_text(&number, text.data()), KINESIS_OK);
  EXPECT_EQ(std::strlen(text.data()), 56u);
  kinesis_sequence_number parsed = {};
  ASSERT_EQ(kinesis_sequence_number_parse(text.data(), 56, &parsed), KINESIS_OK);
  EXPECT_EQ(std::memcmp(&parsed, &number, sizeof number), 0);
  EXPECT_EQ(kinesis_sequence_number_parse("7", 1, &parsed), KINESIS_INVALID_ARGUMENT);

  kinesis_iterator* after = nullptr;
  ASSERT_EQ(kinesis_iterator_open(stream, 0, KINESIS_AFTER_SEQUENCE_NUMBER, &number, 0, &after),
            KINESIS_OK);
  EXPECT_EQ(kinesis_iterator_wait(after, 0), KINESIS_DEADLINE_EXCEEDED);
  EXPECT_EQ(Put(stream, "next"), KINESIS_OK);
  EXPECT_EQ(kinesis_iterator_wait(after, -1), KINESIS_OK);
}

TEST_F(CInterfaceTest, ABatchSaysOfEachRecordWhatBecameOfIt) {
  kinesis_stream* const stream = MakeStream("bus");
  const std::string large(11 << 20, 'x');
  const std::array<kinesis_record, 3> records = {
      kinesis_record{"a", "1", 1, 1, nullptr},
      kinesis_record{"a", large.data(), 1, static_cast<uint32_t>(large.size()), nullptr},
      kinesis_record{nullptr, "3", 0, 1, "340282366920938463463374607431768211455"}};
  std::array<kinesis_put_result, 3> results = {};
  EXPECT_EQ(kinesis_put_batch(stream, records.data(), 3, results.data()), KINESIS_OUT_OF_RANGE);
  EXPECT_THAT(kinesis_message(), HasSubstr("data"));
  EXPECT_EQ(results[0].code, KINESIS_OK);
  EXPECT_EQ(results[1].code, KINESIS_OUT_OF_RANGE);
  EXPECT_EQ(results[2].code, KINESIS_OK);
  EXPECT_EQ(results[2].sequence_number.index, 2u);
  EXPECT_EQ(kinesis_put_batch(stream, nullptr, 0, nullptr), KINESIS_OK);
  const kinesis_record bad = {"a", "1", 1, 1, "2^128"};
  EXPECT_EQ(kinesis_put_batch(stream, &bad, 1, nullptr), KINESIS_INVALID_ARGUMENT);
}

TEST_F(CInterfaceTest, AReaderOfASplitShardIsSentToItsChildren) {
  kinesis_stream* const stream = MakeStream("bus", 2);
  std::array<uint32_t, 2> children = {};
  ASSERT_EQ(kinesis_shard_split(stream, 0, nullptr, children.data()), KINESIS_OK);
  EXPECT_EQ(children, (std::array<uint32_t, 2>{2, 3}));
  uint32_t merged = 0;
  ASSERT_EQ(kinesis_shard_merge(stream, 3, 1, &merged), KINESIS_OK) << kinesis_message();
  EXPECT_EQ(merged, 4u);
  std::array<kinesis_shard, 3> shards = {};
  size_t count = 0;
  ASSERT_EQ(kinesis_stream_shards(stream, shards.data(), shards.size(), &count), KINESIS_OK);
  EXPECT_EQ(count, 5u);
  EXPECT_EQ(shards[0].is_open, 0);
  EXPECT_STREQ(shards[0].hash_key_first, "0");
  EXPECT_EQ(shards[2].parents[0], 0u);

  kinesis_iterator* iterator = nullptr;
  kinesis_iterator_open(stream, 0, KINESIS_TRIM_HORIZON, nullptr, 0, &iterator);
  kinesis_view view = {};
  kinesis_read_result result = {};
  result.size = sizeof result;
  ASSERT_EQ(kinesis_iterator_read(iterator, &view, 1, &result), KINESIS_OK);
  EXPECT_EQ(result.end_of_shard, 1);
  EXPECT_EQ(result.child_count, 2);
  EXPECT_EQ(result.children[1], 3u);
}

TEST_F(CInterfaceTest, AGroupDeliversCommitsAndEnds) {
  kinesis_stream* const stream = MakeStream("bus");
  for (const char* data : {"1", "2", "3"}) EXPECT_EQ(Put(stream, data), KINESIS_OK);
  kinesis_group_options options = {};
  options.size = sizeof options;
  options.max_records = 2;
  kinesis_group* group = nullptr;
  ASSERT_EQ(kinesis_group_create(stream, "g", 1, &options, &group), KINESIS_OK);
  kinesis_member* member = nullptr;
  ASSERT_EQ(kinesis_group_join(group, &member), KINESIS_OK);
  kinesis_delivery* delivery = nullptr;
  ASSERT_EQ(kinesis_member_next(member, 0, &delivery), KINESIS_OK) << kinesis_message();
  std::array<kinesis_view, 2> views = {};
  kinesis_delivery_info info = {};
  info.size = sizeof info;
  ASSERT_EQ(kinesis_delivery_read(delivery, 1, views.data(), 2, &info), KINESIS_OK);
  EXPECT_EQ(info.count, 2u);
  EXPECT_EQ(BytesOf(views[0]), "2");
  EXPECT_EQ(kinesis_delivery_commit(delivery, 3), KINESIS_OUT_OF_RANGE);
  EXPECT_EQ(kinesis_delivery_commit(delivery, 1), KINESIS_OK);
  EXPECT_EQ(kinesis_delivery_fail(delivery, "no", 2), KINESIS_OK);
  EXPECT_EQ(kinesis_delivery_close(delivery), KINESIS_OK);

  uint64_t lag = 0;
  ASSERT_EQ(kinesis_group_lag(group, &lag), KINESIS_OK);
  EXPECT_EQ(lag, 2u);
  EXPECT_EQ(kinesis_stream_finish(stream), KINESIS_OK);
  int code = KINESIS_OK;
  size_t committed = 0;
  while ((code = kinesis_member_next(member, 0, &delivery)) == KINESIS_OK) {
    ASSERT_EQ(kinesis_delivery_read(delivery, 0, nullptr, 0, &info), KINESIS_OK);
    committed += info.count;
    EXPECT_EQ(kinesis_delivery_commit(delivery, static_cast<size_t>(-1)), KINESIS_OK);
    kinesis_delivery_close(delivery);
  }
  EXPECT_EQ(code, KINESIS_END);
  EXPECT_EQ(committed, 2u);
  EXPECT_EQ(Put(stream, "4"), KINESIS_FAILED_PRECONDITION);
}

// --- What is wrong

TEST_F(CInterfaceTest, AHandleThatIsNoneIsToldAndNotFollowed) {
  kinesis_stream* const stream = MakeStream("bus");
  kinesis_iterator* iterator = nullptr;
  kinesis_iterator_open(stream, 0, KINESIS_TRIM_HORIZON, nullptr, 0, &iterator);
  ASSERT_EQ(kinesis_stream_close(stream), KINESIS_OK);
  const int on_the_stack = 0;
  for (const void* bad : {static_cast<const void*>(nullptr), static_cast<const void*>(stream),
                          static_cast<const void*>(&on_the_stack),
                          static_cast<const void*>(engine_), reinterpret_cast<const void*>(-1)}) {
    auto* const as_stream = static_cast<kinesis_stream*>(const_cast<void*>(bad));
    EXPECT_EQ(Put(as_stream, "x"), KINESIS_BAD_HANDLE);
    EXPECT_THAT(kinesis_message(), HasSubstr("kinesis_stream"));
    EXPECT_EQ(kinesis_stream_close(as_stream), KINESIS_BAD_HANDLE);
    EXPECT_EQ(kinesis_stream_finish(as_stream), KINESIS_BAD_HANDLE);
  }
  // The place of the stream's handle is used again: the old handle is none all the same.
  EXPECT_NE(MakeStream("other"), stream);
  EXPECT_EQ(Put(stream, "x"), KINESIS_BAD_HANDLE);
  // What was made with the stream stays.
  kinesis_view view = {};
  kinesis_read_result result = {};
  result.size = sizeof result;
  EXPECT_EQ(kinesis_iterator_read(iterator, &view, 1, &result), KINESIS_OK);
}

TEST_F(CInterfaceTest, ClosingAnEngineClosesAllThatWasMadeWithIt) {
  kinesis_stream* const stream = MakeStream("bus");
  kinesis_iterator* iterator = nullptr;
  kinesis_iterator_open(stream, 0, KINESIS_TRIM_HORIZON, nullptr, 0, &iterator);
  kinesis_group* group = nullptr;
  kinesis_group_create(stream, "g", 1, nullptr, &group);
  kinesis_member* member = nullptr;
  kinesis_group_join(group, &member);
  Put(stream, "x");
  kinesis_delivery* delivery = nullptr;
  ASSERT_EQ(kinesis_member_next(member, 0, &delivery), KINESIS_OK);
  kinesis_events* const events = Subscribe();
  ASSERT_EQ(kinesis_engine_close(engine_), KINESIS_OK);
  EXPECT_EQ(kinesis_engine_close(engine_), KINESIS_BAD_HANDLE);
  EXPECT_EQ(Put(stream, "x"), KINESIS_BAD_HANDLE);
  EXPECT_EQ(kinesis_iterator_wait(iterator, 0), KINESIS_BAD_HANDLE);
  EXPECT_EQ(kinesis_group_close(group), KINESIS_BAD_HANDLE);
  EXPECT_EQ(kinesis_member_close(member), KINESIS_BAD_HANDLE);
  EXPECT_EQ(kinesis_delivery_close(delivery), KINESIS_BAD_HANDLE);
  EXPECT_EQ(kinesis_events_close(events), KINESIS_BAD_HANDLE);
  EXPECT_EQ(kinesis_client_close(client_), KINESIS_BAD_HANDLE);
}

TEST_F(CInterfaceTest, ClosingAnEngineWakesThoseWhoSleepInIt) {
  kinesis_events* const events = Subscribe();
  kinesis_event event = {};
  event.size = sizeof event;
  kinesis_events_next(events, 0, &event);
  kinesis_stream* const stream = MakeStream("bus");
  kinesis_iterator* iterator = nullptr;
  kinesis_iterator_open(stream, 0, KINESIS_TRIM_HORIZON, nullptr, 0, &iterator);
  int iterator_code = KINESIS_OK;
  int events_code = KINESIS_OK;
  std::thread reader([&] {
    // Busy: the look below is under way. OK: the stream's end was there to be read, a moment before
    // the stream was gone.
    do {
      iterator_code = kinesis_iterator_wait(iterator, -1);
    } while (iterator_code == KINESIS_BUSY || iterator_code == KINESIS_OK);
  });
  std::thread subscriber([&] {
    do {
      events_code = kinesis_events_next(events, -1, &event);
    } while (events_code == KINESIS_OK);
  });
  // One thread at a time: whoever comes second is told, once the first is there.
  while (kinesis_iterator_wait(iterator, 0) != KINESIS_BUSY) std::this_thread::yield();
  EXPECT_EQ(kinesis_engine_close(engine_), KINESIS_OK);
  reader.join();
  subscriber.join();
  EXPECT_THAT(iterator_code, ::testing::AnyOf(KINESIS_NOT_FOUND, KINESIS_BAD_HANDLE));
  EXPECT_THAT(events_code, ::testing::AnyOf(KINESIS_END, KINESIS_BAD_HANDLE));
}

TEST_F(CInterfaceTest, AMemberThatIsStoppedOrClosedWakes) {
  kinesis_stream* const stream = MakeStream("bus");
  kinesis_group* group = nullptr;
  kinesis_group_create(stream, "g", 1, nullptr, &group);
  for (int (*end)(kinesis_member*) : {&kinesis_member_stop, &kinesis_member_close}) {
    kinesis_member* member = nullptr;
    ASSERT_EQ(kinesis_group_join(group, &member), KINESIS_OK);
    int code = KINESIS_OK;
    kinesis_delivery* delivery = nullptr;
    std::thread sleeper([&] {
      do {  // busy: as above
        code = kinesis_member_next(member, -1, &delivery);
      } while (code == KINESIS_BUSY);
    });
    kinesis_delivery* none = nullptr;
    while (kinesis_member_next(member, 0, &none) != KINESIS_BUSY) std::this_thread::yield();
    EXPECT_EQ(end(member), KINESIS_OK);
    sleeper.join();
    EXPECT_EQ(code, KINESIS_CANCELLED);
  }
}

TEST_F(CInterfaceTest, ANullPointerIsToldByTheNameOfItsArgument) {
  kinesis_stream* const stream = MakeStream("bus");
  kinesis_iterator* iterator = nullptr;
  kinesis_iterator_open(stream, 0, KINESIS_TRIM_HORIZON, nullptr, 0, &iterator);
  kinesis_read_result result = {};
  result.size = sizeof result;
  const auto expect_null = [](int code, const char* argument) {
    EXPECT_EQ(code, KINESIS_INVALID_ARGUMENT) << argument;
    EXPECT_STREQ(kinesis_message(), (std::string(argument) + " is NULL").c_str());
  };
  expect_null(kinesis_engine_open(nullptr, nullptr), "out");
  expect_null(kinesis_now(engine_, nullptr), "out_ms");
  expect_null(kinesis_client_open(engine_, nullptr), "out");
  expect_null(kinesis_client_call(client_, nullptr, 1, "{}", 2, &answer_), "operation");
  expect_null(kinesis_client_call(client_, "a", 1, nullptr, 2, &answer_), "json");
  expect_null(kinesis_client_call(client_, "a", 1, "{}", 2, nullptr), "kinesis_answer");
  expect_null(kinesis_faults_add(engine_, nullptr, 1), "rules");
  expect_null(kinesis_faults_report(engine_, nullptr, nullptr), "text");
  expect_null(kinesis_stream_open(engine_, nullptr, 1, nullptr), "out");
  kinesis_stream* out = nullptr;
  expect_null(kinesis_stream_open(engine_, nullptr, 1, &out), "name");
  expect_null(kinesis_put(stream, nullptr, 1, "", 0, nullptr), "key");
  expect_null(kinesis_put(stream, "a", 1, nullptr, 1, nullptr), "data");
  expect_null(kinesis_put_wait(stream, nullptr, 0, nullptr), "record");
  expect_null(kinesis_put_batch(stream, nullptr, 1, nullptr), "records");
  expect_null(kinesis_stream_shards(stream, nullptr, 0, nullptr), "count");
  expect_null(kinesis_shard_split(stream, 0, nullptr, nullptr), "children");
  expect_null(kinesis_shard_merge(stream, 0, 1, nullptr), "child");
  expect_null(kinesis_iterator_open(stream, 0, KINESIS_AT_SEQUENCE_NUMBER, nullptr, 0, &iterator),
              "number");
  expect_null(kinesis_iterator_read(iterator, nullptr, 1, &result), "views");
  kinesis_view view;
  expect_null(kinesis_iterator_read(iterator, &view, 1, nullptr), "kinesis_read_result");
  expect_null(kinesis_group_create(stream, "g", 1, nullptr, nullptr), "out");
  expect_null(kinesis_sequence_number_text(nullptr, nullptr), "text");
  expect_null(kinesis_sequence_number_parse("1", 1, nullptr), "out");
}

TEST_F(CInterfaceTest, ANumberOutOfItsRangeIsToldWithItsName) {
  kinesis_stream* const stream = MakeStream("bus");
  kinesis_iterator* iterator = nullptr;
  EXPECT_EQ(kinesis_iterator_open(stream, 0, 5, nullptr, 0, &iterator), KINESIS_INVALID_ARGUMENT);
  EXPECT_STREQ(kinesis_message(), "start is 5, which is no kinesis_start");
  for (const uint32_t shard : {1u, 0x8000'0000u, 0xffff'ffffu}) {
    EXPECT_EQ(kinesis_iterator_open(stream, shard, 0, nullptr, 0, &iterator), KINESIS_NOT_FOUND);
    std::array<uint32_t, 2> children = {};
    EXPECT_EQ(kinesis_shard_split(stream, shard, nullptr, children.data()), KINESIS_NOT_FOUND);
  }
  const kinesis_sequence_number wild = {~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~0u, 0};
  EXPECT_EQ(kinesis_iterator_open(stream, 0, KINESIS_AT_SEQUENCE_NUMBER, &wild, 0, &iterator),
            KINESIS_INVALID_ARGUMENT);
  kinesis_engine_options options = {};
  options.size = sizeof options;
  kinesis_engine* engine = nullptr;
  options.clock = 2;
  EXPECT_EQ(kinesis_engine_open(&options, &engine), KINESIS_INVALID_ARGUMENT);
  options.clock = 0;
  options.limits = -1;
  EXPECT_EQ(kinesis_engine_open(&options, &engine), KINESIS_INVALID_ARGUMENT);
  options.limits = 0;
  options.memory_budget_bytes = 1;
  EXPECT_EQ(kinesis_engine_open(&options, &engine), KINESIS_OUT_OF_RANGE);
  EXPECT_THAT(kinesis_message(), HasSubstr("memory_budget_bytes"));
  EXPECT_EQ(engine, nullptr);
}

// --- Structs of other versions

TEST_F(CInterfaceTest, AStructThatIsTooShortOrNotSetIsRefused) {
  kinesis_engine_options options = {};
  kinesis_engine* engine = nullptr;
  for (const size_t size : {size_t{0}, size_t{8}, size_t{31}, size_t{5000}, ~size_t{0}}) {
    options.size = size;
    EXPECT_EQ(kinesis_engine_open(&options, &engine), KINESIS_INVALID_ARGUMENT) << size;
    EXPECT_THAT(kinesis_message(), HasSubstr("kinesis_engine_options.size is"));
    answer_.size = size;
    EXPECT_EQ(kinesis_client_call(client_, "ListStreams", 11, "{}", 2, &answer_),
              KINESIS_INVALID_ARGUMENT);
  }
}

TEST_F(CInterfaceTest, AStructOfALaterVersionIsTakenIfWhatIsNewIsZero) {
  struct {
    kinesis_engine_options known;
    uint64_t later;
  } options = {};
  options.known.size = sizeof options;
  kinesis_engine* engine = nullptr;
  EXPECT_EQ(kinesis_engine_open(&options.known, &engine), KINESIS_OK);
  kinesis_engine_close(engine);
  options.later = 1;
  EXPECT_EQ(kinesis_engine_open(&options.known, &engine), KINESIS_INVALID_ARGUMENT);
  EXPECT_THAT(kinesis_message(), HasSubstr("does not know"));
}

TEST_F(CInterfaceTest, EveryCodeHasItsNameAndAMessageIsItsThreadsOwn) {
  EXPECT_STREQ(kinesis_code_name(KINESIS_BUSY), "KINESIS_BUSY");
  EXPECT_STREQ(kinesis_code_name(7), "");
  EXPECT_EQ(kinesis_version(), static_cast<uint32_t>(KINESIS_VERSION));
  kinesis_now(nullptr, nullptr);
  const std::string mine = kinesis_message();
  std::thread([] {
    EXPECT_STREQ(kinesis_message(), "");
    kinesis_stream_close(nullptr);
  }).join();
  EXPECT_EQ(kinesis_message(), mine);
}

// --- The table

TEST(HandleTableTest, HandlesAreDistinctExactInADoubleAndGoneWhenRemoved) {
  HandleTable table;
  std::vector<HandleTable::Handle> handles;
  for (int i = 0; i < 1000; ++i) {
    handles.push_back(table.Add(HandleKind::kStream, std::make_shared<int>(i)));
  }
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(handles[i], uint64_t{1} << 53);
    EXPECT_EQ(*std::static_pointer_cast<int>(table.Find(handles[i], HandleKind::kStream)), i);
    EXPECT_EQ(table.Find(handles[i], HandleKind::kGroup), nullptr);
    EXPECT_NE(table.Remove(handles[i], HandleKind::kStream), nullptr);
    EXPECT_EQ(table.Remove(handles[i], HandleKind::kStream), nullptr);
  }
  for (int i = 0; i < 1000; ++i) {
    const HandleTable::Handle handle = table.Add(HandleKind::kStream, std::make_shared<int>(i));
    EXPECT_THAT(handles, ::testing::Not(::testing::Contains(handle)));
  }
}

}  // namespace
}  // namespace kinesis::c
