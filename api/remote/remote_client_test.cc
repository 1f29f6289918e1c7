// A client over a transport that answers by script: what it sends, what it makes of answers, and
// when it tries again. What the operations do is in the suites of the client, which
// client_over_a_transport_test runs over a transport.
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/event_stream/event_frames.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/api/remote/internal/split_mix.h"
#include "kinesis_core/api/waiters.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::Fails;

// Sleeps take no time, and are written down.
class SleepingClock final : public Clock {
 public:
  absl::Time Now() const override { return now_; }
  void Wait(WaitEvent& /*event*/, absl::Time deadline) override {
    sleeps_.push_back(deadline - now_);
    now_ = deadline;
  }
  const std::vector<absl::Duration>& sleeps() const { return sleeps_; }
  void Forget() { sleeps_.clear(); }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'440'938'160);
  std::vector<absl::Duration> sleeps_;
};

class RemoteClientTest : public ::testing::Test {
 protected:
  using Answer = absl::StatusOr<HttpResponse>;

  RemoteOptions Options() {
    return {.region = "eu-central-1", .credentials = {"id", "secret"}, .clock = &clock_};
  }
  std::unique_ptr<Client> Make(const RemoteOptions& options) {
    return Client::Create(
               [this](const HttpRequest& request) -> Answer {
                 requests_.push_back(request);
                 return answer_(request);
               },
               options)
        .value();
  }
  std::unique_ptr<Client> Make() { return Make(Options()); }

  // What a call comes to whose answer is this.
  absl::Status StatusOf(int http_status, const std::string& body,
                        std::vector<HttpHeader> headers = {}) {
    answer_ = [&](const HttpRequest&) { return HttpResponse{http_status, headers, body}; };
    RemoteOptions options = Options();
    options.retry.max_attempts = 1;
    return Make(options)->DescribeLimits({}).status();
  }

  SleepingClock clock_;
  std::vector<HttpRequest> requests_;
  std::function<Answer(const HttpRequest&)> answer_ = [](const HttpRequest&) {
    return HttpResponse{.body = "{}"};
  };
};

// --- Requests ------------------------------------------------------------------------------------

TEST_F(RemoteClientTest, AnOperationIsASignedPostOfItsJson) {
  answer_ = [](const HttpRequest&) {
    return HttpResponse{.body = R"({"SequenceNumber":)"
                                R"("49590338271490256608559692538361571095921575989136588898",)"
                                R"("ShardId":"shardId-000000000003"})"};
  };
  const auto put =
      Make()->PutRecord({.stream_name = "orders", .data = "tea", .partition_key = "alice"});
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->shard_id, ShardId(3));

  ASSERT_EQ(requests_.size(), 1U);
  const HttpRequest& request = requests_[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://kinesis.eu-central-1.amazonaws.com/");
  EXPECT_EQ(request.body, R"({"Data":"dGVh","PartitionKey":"alice","StreamName":"orders"})");
  EXPECT_EQ(request.timeout, absl::Seconds(60));
  EXPECT_FALSE(request.is_stream);
  ASSERT_EQ(request.headers.size(), 4U);
  EXPECT_EQ(request.headers[0].value, "application/x-amz-json-1.1");
  EXPECT_EQ(request.headers[1].value, "Kinesis_20131202.PutRecord");
  EXPECT_EQ(request.headers[2].value, "20150830T123600Z");
  EXPECT_TRUE(request.headers[3].value.starts_with(
      "AWS4-HMAC-SHA256 Credential=id/20150830/eu-central-1/kinesis/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="))
      << request.headers[3].value;
}

TEST_F(RemoteClientTest, HostsAreThoseOfTheRegionsPartition) {
  const auto host = [this](const std::string& region, const std::string& endpoint) {
    RemoteOptions options = Options();
    options.region = region;
    options.endpoint = endpoint;
    Make(options)->DescribeLimits({}).IgnoreError();
    return requests_.back().url;
  };
  EXPECT_EQ(host("us-gov-west-1", ""), "https://kinesis.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(host("cn-north-1", ""), "https://kinesis.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(host("us-east-1", "http://localhost:4567"), "http://localhost:4567/");
  EXPECT_EQ(host("us-east-1", "http://localhost:4567/"), "http://localhost:4567/");
}

TEST_F(RemoteClientTest, OptionsAreRefusedByName) {
  const auto refusal = [](const RemoteOptions& options) {
    const auto send = [](const HttpRequest&) -> Answer { return HttpResponse{}; };
    return std::string(Client::Create(send, options).status().message());
  };
  const Credentials credentials = {"id", "secret"};
  EXPECT_EQ(refusal({.region = "Mars", .credentials = credentials}),
            "region must be lower-case letters, digits and dashes");
  EXPECT_EQ(refusal({}), "credentials.access_key_id must not be empty");
  EXPECT_EQ(refusal({.credentials = {"id", ""}}),
            "credentials.secret_access_key must not be empty");
  EXPECT_EQ(refusal({.credentials = credentials, .retry = {.max_attempts = 0}}),
            "retry.max_attempts must be at least 1, and is 0");
  EXPECT_EQ(
      refusal({.credentials = credentials, .retry = {.attempt_timeout = absl::ZeroDuration()}}),
      "retry.attempt_timeout must be above 0");
  EXPECT_EQ(refusal({.endpoint = "localhost", .credentials = credentials}),
            "endpoint must be a scheme and a host, such as https://localhost:4567, and is "
            "localhost");
  EXPECT_EQ(refusal({.region = "us-iso-east-1", .credentials = credentials}),
            "endpoint must be given for region us-iso-east-1");
  const std::function<Answer(const HttpRequest&)> nothing;
  EXPECT_EQ(Client::Create(nothing, {.credentials = credentials}).status().message(),
            "transport must not be an empty function");
}

TEST_F(RemoteClientTest, WhatJsonCannotCarryIsNotSent) {
  const auto put = Make()->PutRecord({.stream_name = "s", .data = "x", .partition_key = "\xff"});
  EXPECT_TRUE(Fails(put, ErrorType::kInvalidArgument,
                    "A text of the request is not UTF-8, and JSON carries no other."));
  EXPECT_TRUE(requests_.empty());
}

TEST_F(RemoteClientTest, WhatOnlyAnEngineHasSaysWhatToDo) {
  const auto client = Make();
  EXPECT_FALSE(client->in_process());
  EXPECT_EQ(&client->clock(), &clock_);
  EXPECT_EQ(client->options().region, "eu-central-1");
  EXPECT_TRUE(client->engine().ListStreams().empty());
  EXPECT_EQ(&client->engine().clock(), &clock_);
  EXPECT_EQ(client->SetLimits({}, {}).code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(client->GetShardLevelMetric({}).status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(requests_.empty());
}

// --- Answers -------------------------------------------------------------------------------------

TEST_F(RemoteClientTest, ErrorsHaveTheirTypesInEveryFormThatServicesWrite) {
  EXPECT_TRUE(Fails(StatusOf(400, R"({"__type":"ResourceNotFoundException","message":"no s"})"),
                    ErrorType::kResourceNotFound, "no s"));
  EXPECT_TRUE(Fails(StatusOf(400, R"({"__type":"com.amazon.coral#ValidationException",)"
                                  R"("Message":"bad"})"),
                    ErrorType::kValidation, "bad"));
  EXPECT_TRUE(
      Fails(StatusOf(400, "{}", {{"X-Amzn-Errortype", "ExpiredIteratorException:http://x"}}),
            ErrorType::kExpiredIterator, ""));
  EXPECT_TRUE(Fails(StatusOf(500, R"({"__type":"InternalFailure"})"), ErrorType::kInternalFailure));
}

TEST_F(RemoteClientTest, ErrorsThatTheModelDoesNotHaveKeepTheirName) {
  const absl::Status status =
      StatusOf(403, R"({"__type":"InvalidSignatureException","message":"no match"})");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorOf(status)->name, "InvalidSignatureException");
  EXPECT_EQ(status.message(), "no match");
}

TEST_F(RemoteClientTest, WhatIsNoAnswerOfTheServiceHasNoName) {
  const absl::Status gateway = StatusOf(503, "<html>busy</html>");
  EXPECT_EQ(gateway.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(gateway.message(), "the service answered with HTTP status 503: <html>busy</html>");
  EXPECT_EQ(ErrorOf(gateway), std::nullopt);
  const absl::Status broken = StatusOf(200, R"({"ShardLimit":)");
  EXPECT_EQ(broken.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ErrorOf(broken), std::nullopt);
  EXPECT_TRUE(StatusOf(200, "").ok());
}

// --- Attempts ------------------------------------------------------------------------------------

TEST_F(RemoteClientTest, SixHundredCallsAreTriedAgainAsByBotocore) {
  std::ifstream file("api/remote/testdata/retries.txt");
  ASSERT_TRUE(file.good());
  internal::SplitMix64 random(4000);
  RemoteOptions options = Options();
  options.retry.random = [&random] {
    return static_cast<double>(random.Next() >> 11) / 9007199254740992.0;
  };
  int call = 0;
  std::string came;  // what the attempts of a call came to
  answer_ = [&](const HttpRequest&) -> Answer {
    static const std::vector<std::string> kOutcomes = {"200",
                                                       "400 ResourceNotFoundException",
                                                       "400 ProvisionedThroughputExceededException",
                                                       "400 LimitExceededException",
                                                       "400 ThrottlingException",
                                                       "500 InternalFailure",
                                                       "503 ",
                                                       "502 ",
                                                       "504 ",
                                                       "501 ",
                                                       "400 RequestTimeout",
                                                       "400 ExpiredIteratorException",
                                                       "403 UnrecognizedClientException",
                                                       "400 KMSThrottlingException",
                                                       "timeout",
                                                       "connection"};
    size_t which = 0;
    if (call < 400) {
      which = random.Below(kOutcomes.size());
    } else {
      which = random.Below(40) % 16;
      if (random.Below(4) != 0) which = 0;
    }
    const std::string& outcome = kOutcomes[which];
    if (!came.empty()) came += ",";
    came += std::to_string(which);
    if (outcome == "timeout") return absl::DeadlineExceededError("late");
    if (outcome == "connection") return absl::UnavailableError("refused");
    HttpResponse response{.status = std::stoi(outcome), .body = "{}"};
    if (outcome.size() > 4) response.body = R"({"__type":")" + outcome.substr(4) + R"("})";
    return response;
  };
  const auto client = Make(options);
  for (std::string line; std::getline(file, line); ++call) {
    came.clear();
    clock_.Forget();
    client->DescribeLimits({}).IgnoreError();
    std::ostringstream waits;
    waits.precision(9);
    waits << std::fixed;
    for (const absl::Duration sleep : clock_.sleeps()) {
      if (waits.tellp() > 0) waits << ",";
      waits << absl::ToDoubleSeconds(sleep);
    }
    const size_t bar = line.find('|');
    ASSERT_EQ(came, line.substr(0, bar)) << "call " << call;
    // A duration has a resolution of a quarter of a nanosecond.
    std::istringstream expected(line.substr(bar + 1));
    std::istringstream got(waits.str());
    for (std::string wanted, had; std::getline(expected, wanted, ',');) {
      ASSERT_TRUE(std::getline(got, had, ',')) << "call " << call;
      ASSERT_NEAR(std::stod(had), std::stod(wanted), 2e-9) << "call " << call;
    }
  }
  EXPECT_EQ(call, 600);
}

TEST_F(RemoteClientTest, EachAttemptIsSignedAnewWithTheCredentialsOfThatTime) {
  RemoteOptions options = Options();
  options.credentials = {};
  int asked = 0;
  options.find_credentials = [&asked]() -> absl::StatusOr<Credentials> {
    if (++asked == 3) return absl::UnauthenticatedError("the role has gone");
    return Credentials{"id" + std::to_string(asked), "secret", "token"};
  };
  options.retry.random = [] { return 0.5; };
  options.retry.attempt_timeout = absl::Seconds(3);
  answer_ = [](const HttpRequest&) { return absl::UnavailableError("no way"); };
  const absl::Status status = Make(options)->DescribeLimits({}).status();
  EXPECT_EQ(status, absl::UnauthenticatedError("the role has gone"));
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[0].timeout, absl::Seconds(3));
  EXPECT_EQ(requests_[1].headers.size(), 5U);
  EXPECT_EQ(requests_[1].headers[3].value, "token");
  EXPECT_NE(requests_[1].headers[4].value.find("Credential=id2/"), std::string::npos);
  EXPECT_EQ(clock_.sleeps(), (std::vector{absl::Milliseconds(500), absl::Seconds(1)}));
}

TEST_F(RemoteClientTest, WaitsDoubleUntilTheyAreTwentySeconds) {
  RemoteOptions options = Options();
  options.retry.max_attempts = 8;
  options.retry.random = [] { return 0.75; };
  answer_ = [](const HttpRequest&) { return HttpResponse{.status = 503}; };
  EXPECT_EQ(Make(options)->DescribeLimits({}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(requests_.size(), 8U);
  std::vector<double> seconds;
  for (const absl::Duration sleep : clock_.sleeps()) {
    seconds.push_back(absl::ToDoubleSeconds(sleep));
  }
  EXPECT_EQ(seconds, (std::vector<double>{0.75, 1.5, 3, 6, 12, 20, 20}));
}

TEST_F(RemoteClientTest, OneAttemptIsWithoutRetries) {
  RemoteOptions options = Options();
  options.retry.max_attempts = 1;
  answer_ = [](const HttpRequest&) { return absl::UnavailableError("no way"); };
  EXPECT_EQ(Make(options)->DescribeLimits({}).status(), absl::UnavailableError("no way"));
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(RemoteClientTest, WaitersAndPaginatorsGoOverIt) {
  int looks = 0;
  answer_ = [&looks](const HttpRequest& request) {
    if (request.body.find("token") != std::string::npos) {
      return HttpResponse{.body = R"({"Shards":[]})"};
    }
    if (request.headers[1].value.ends_with("ListShards")) {
      return HttpResponse{.body = R"({"NextToken":"token","Shards":[]})"};
    }
    const std::string status = ++looks < 3 ? "CREATING" : "ACTIVE";
    return HttpResponse{.body = R"({"StreamDescription":{"StreamStatus":")" + status + R"("}})"};
  };
  const auto client = Make();
  EXPECT_TRUE(WaitUntilStreamExists(*client, {.stream_name = "s"}).ok());
  EXPECT_EQ(looks, 3);
  EXPECT_EQ(clock_.sleeps(), (std::vector{absl::Seconds(10), absl::Seconds(10)}));
  auto pages = ListShardsPages(*client, {.stream_name = "s"});
  int count = 0;
  for ([[maybe_unused]] const ListShardsResponse& page : pages) ++count;
  EXPECT_EQ(count, 2);
  EXPECT_TRUE(pages.status().ok());
}

// --- Subscriptions -------------------------------------------------------------------------------

class RemoteSubscriptionTest : public RemoteClientTest {
 protected:
  // A subscription whose answer comes in these chunks, and then ends.
  ShardSubscription Subscribed(std::vector<std::string> chunks) {
    answer_ = [chunks](const HttpRequest& request) {
      EXPECT_TRUE(request.is_stream);
      auto next = std::make_shared<size_t>(0);
      HttpResponse response;
      response.chunks = [chunks, next](absl::Time) -> absl::StatusOr<std::optional<std::string>> {
        if (*next == chunks.size()) return std::nullopt;
        return chunks[(*next)++];
      };
      return response;
    };
    return std::move(Make()->SubscribeToShard({.consumer_arn = "arn", .shard_id = ShardId(0)}))
        .value()
        .event_stream;
  }

  static std::string Message(const std::string& kind, const std::string& name,
                             const std::string& payload) {
    std::string bytes;
    const std::string type = kind == "event" ? ":event-type" : ":exception-type";
    const std::vector<EventHeader> headers = {{type, name}, {":message-type", kind}};
    AppendMessage(headers, payload, &bytes);
    return bytes;
  }

  const std::string event_ = Message(
      "event", "SubscribeToShardEvent",
      R"({"ContinuationSequenceNumber":"49590338271490256608559692538361571095921575989136588898",)"
      R"("MillisBehindLatest":7,"Records":[{"Data":"dGVh","PartitionKey":"k",)"
      R"("SequenceNumber":"49590338271490256608559692538361571095921575989136588898"}]})");
};

TEST_F(RemoteSubscriptionTest, EventsComeOutOfChunksThatAreCutAnywhere) {
  ShardSubscription events =
      Subscribed({Message("event", "initial-response", "{}") + event_.substr(0, 9),
                  event_.substr(9, 20), "", event_.substr(29) + event_});
  auto event = events.Next().value();
  ASSERT_TRUE(event.has_value());
  EXPECT_TRUE(event->records.empty());  // nothing had come
  for (int i = 0; i < 2; ++i) {
    event = events.Next().value();
    ASSERT_TRUE(event.has_value());
    ASSERT_EQ(event->records.size(), 1U);
    EXPECT_EQ(event->records[0].data, "tea");
    EXPECT_EQ(event->millis_behind_latest, 7);
  }
  EXPECT_EQ(events.Next().value(), std::nullopt);
  EXPECT_EQ(events.Next().value(), std::nullopt);
}

TEST_F(RemoteSubscriptionTest, AnExceptionIsForGood) {
  ShardSubscription events = Subscribed(
      {event_, Message("exception", "ResourceInUseException", R"({"message":"taken over"})")});
  EXPECT_EQ(events.Next().value()->records.size(), 1U);
  EXPECT_TRUE(Fails(events.Next(), ErrorType::kResourceInUse, "taken over"));
  EXPECT_TRUE(Fails(events.Next(), ErrorType::kResourceInUse, "taken over"));
}

TEST_F(RemoteSubscriptionTest, TheChildrenOfAShardAreItsEnd) {
  ShardSubscription events =
      Subscribed({Message("event", "SubscribeToShardEvent",
                          R"({"ChildShards":[],"MillisBehindLatest":0,"Records":[]})") +
                  event_});
  EXPECT_TRUE(events.Next().value()->child_shards.has_value());
  EXPECT_EQ(events.Next().value(), std::nullopt);
}

TEST_F(RemoteSubscriptionTest, AStreamThatBreaksSaysSo) {
  EXPECT_EQ(Subscribed({event_.substr(0, 30)}).Next().status().code(),
            absl::StatusCode::kUnavailable);
  std::string broken = event_;
  broken[40] = static_cast<char>(broken[40] ^ 1);
  EXPECT_EQ(Subscribed({broken}).Next().status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace kinesis::api
