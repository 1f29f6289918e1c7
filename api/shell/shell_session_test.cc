#include "kinesis_core/api/shell/shell_session.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/pipe.h"

namespace kinesis::testing {
namespace {

using ::testing::TestWithParam;

std::unique_ptr<ShellSession> Simulated() {
  return ShellSession::Create({.clock = ShellClock::kSimulated}).value();
}

std::string Answer(ShellSession& session, std::string_view line) {
  return session.Execute(line).value_or("no answer");
}

bool Succeeds(ShellSession& session, std::string_view line) {
  return Answer(session, line).starts_with(R"({"status":200,"body":{)");
}

// The name of the error that a line is answered with.
std::string ErrorOf(ShellSession& session, std::string_view line) {
  constexpr std::string_view kBegin = R"({"status":400,"error":")";
  const std::string answer = Answer(session, line);
  if (!answer.starts_with(kBegin)) return answer;
  return answer.substr(kBegin.size(), answer.find('"', kBegin.size()) - kBegin.size());
}

// --- Transcripts ---------------------------------------------------------------------------------

constexpr std::string_view kTranscripts[] = {"stream_life", "every_operation"};

std::vector<std::string> LinesOf(std::string_view transcript) {
  std::ifstream file("api/testdata/" + std::string(transcript) + ".transcript");
  EXPECT_TRUE(file.good()) << transcript;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// The lines of a transcript with the answers of now.
std::vector<std::string> PlayBack(const std::vector<std::string>& lines) {
  const std::unique_ptr<ShellSession> session = Simulated();
  std::vector<std::string> played;
  for (const std::string& line : lines) {
    if (line.starts_with('#')) played.push_back(line);
    if (!line.starts_with("> ")) continue;
    played.push_back(line);
    played.push_back(Answer(*session, std::string_view(line).substr(2)));
  }
  return played;
}

class TranscriptTest : public TestWithParam<std::string_view> {};

// After a change that is meant to change answers, the file that the test leaves among its outputs
// (bazel-testlogs/api/shell/shell_session_test/test.outputs) replaces the one under
// api/testdata, once each difference has been looked at.
TEST_P(TranscriptTest, IsAnsweredAsItIsWritten) {
  const std::vector<std::string> written = LinesOf(GetParam());
  const std::vector<std::string> played = PlayBack(written);
  ASSERT_GT(written.size(), 50U);
  EXPECT_EQ(played.size(), written.size());
  for (size_t i = 0; i < std::min(written.size(), played.size()); ++i) {
    EXPECT_EQ(played[i], written[i]) << "line " << i + 1 << ", after\n" << written[i - 1];
  }
  const char* const outputs = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  if (!HasFailure() || outputs == nullptr) return;
  std::ofstream file(std::string(outputs) + "/" + std::string(GetParam()) + ".transcript");
  for (const std::string& line : played) file << line << "\n";
}

INSTANTIATE_TEST_SUITE_P(AllTranscripts, TranscriptTest, ::testing::ValuesIn(kTranscripts),
                         [](const auto& transcript) { return std::string(transcript.param); });

TEST(ShellSessionTest, TheTranscriptsHaveEveryOperationSucceed) {
  std::set<std::string> succeeded;
  for (const std::string_view transcript : kTranscripts) {
    std::string operation;
    for (const std::string& line : LinesOf(transcript)) {
      if (line.starts_with("> ")) operation = line.substr(2, line.find(' ', 2) - 2);
      if (line.starts_with(R"({"status":200)")) succeeded.insert(operation);
    }
  }
  for (const std::string_view name : api::EnumNames<api::Operation>::kNames) {
    EXPECT_TRUE(succeeded.contains(std::string(name))) << name;
  }
}

// --- Lines ---------------------------------------------------------------------------------------

TEST(ShellSessionTest, EmptyLinesAndCommentsHaveNoAnswer) {
  const auto session = Simulated();
  for (const std::string_view line : {"", "  ", "\t\r", "# ListStreams", "  # x"}) {
    EXPECT_FALSE(session->Execute(line).has_value()) << line;
  }
}

TEST(ShellSessionTest, MissingJsonIsAnEmptyObject) {
  const auto session = Simulated();
  EXPECT_EQ(Answer(*session, "ListStreams"), Answer(*session, "ListStreams {}"));
  EXPECT_TRUE(Succeeds(*session, "  ListStreams{\"Limit\":1}\r"));
  EXPECT_TRUE(Succeeds(*session, "ListStreams \t {} "));
}

TEST(ShellSessionTest, ABadLineIsAnsweredAndTheNextOneServed) {
  const auto session = Simulated();
  EXPECT_EQ(ErrorOf(*session, "NoSuchOperation"), "UnknownOperationException");
  EXPECT_EQ(ErrorOf(*session, "ListStreams {"), "SerializationException");
  EXPECT_EQ(ErrorOf(*session, "ListStreams {} {}"), "SerializationException");
  EXPECT_EQ(ErrorOf(*session, "{}"), "InvalidLine");
  EXPECT_EQ(ErrorOf(*session, "[1]"), "InvalidLine");
  EXPECT_EQ(ErrorOf(*session, "\xff\xfe"), "UnknownOperationException");
  EXPECT_EQ(ErrorOf(*session, ":"), "InvalidLine");
  EXPECT_EQ(ErrorOf(*session, ":no"), "InvalidLine");
  EXPECT_EQ(ErrorOf(*session, ":now then"), "InvalidLine");
  EXPECT_EQ(ErrorOf(*session, ":quit now"), "InvalidLine");
  EXPECT_TRUE(Succeeds(*session, "ListStreams"));
}

TEST(ShellSessionTest, AMessageShowsTheBeginningOfALongLine) {
  const auto session = Simulated();
  const std::string name(1000, 'x');
  const std::string_view shown = "x...'";
  for (const std::string& line : {name, ":" + name, ":help " + name}) {
    EXPECT_NE(Answer(*session, line).find(shown), std::string::npos) << line;
    EXPECT_LT(Answer(*session, line).size(), 300U) << line;
  }
}

TEST(ShellSessionTest, AccountAndRegionAreInNames) {
  const auto session =
      ShellSession::Create({.account = "123456789012", .region = "eu-north-1"}).value();
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  EXPECT_NE(Answer(*session, R"(DescribeStreamSummary {"StreamName":"s"})")
                .find("arn:aws:kinesis:eu-north-1:123456789012:stream/s"),
            std::string::npos);
  EXPECT_FALSE(ShellSession::Create({.account = "twelve"}).ok());
  EXPECT_FALSE(ShellSession::Create({.region = ""}).ok());
}

// --- Time ----------------------------------------------------------------------------------------

TEST(ShellSessionTest, SimulatedTimeMovesWhenTold) {
  const auto session = Simulated();
  EXPECT_EQ(Answer(*session, ":now"),
            R"({"status":200,"body":{"Clock":"simulated","Now":1600000000}})");
  EXPECT_EQ(Answer(*session, ":advance 1m30s250ms"),
            R"({"status":200,"body":{"Clock":"simulated","Now":1600000090.25}})");
  for (const std::string_view line :
       {":advance", ":advance 300", ":advance 5s x", ":advance 1e99h", ":advance inf",
        ":advance -inf", ":advance 2562047788015215h", ":advance -444445h"}) {
    EXPECT_EQ(ErrorOf(*session, line), "InvalidLine") << line;
  }
  EXPECT_EQ(Answer(*session, ":now"),
            R"({"status":200,"body":{"Clock":"simulated","Now":1600000090.25}})");
}

TEST(ShellSessionTest, TheSystemsTimeMovesByItself) {
  const auto session = ShellSession::Create().value();
  EXPECT_NE(Answer(*session, ":now").find(R"("Clock":"system")"), std::string::npos);
  EXPECT_EQ(ErrorOf(*session, ":advance 1s"), "InvalidLine");
}

TEST(ShellSessionTest, AnotherClockBringsANewEngine) {
  const auto session = ShellSession::Create({.limits = ShellLimits::kUnlimited}).value();
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  EXPECT_EQ(Answer(*session, ":clock simulated"),
            R"({"status":200,"body":{"Clock":"simulated","Now":1600000000,)"
            R"("Note":"A new engine: what was there before is gone."}})");
  EXPECT_EQ(ErrorOf(*session, R"(DescribeStreamSummary {"StreamName":"s"})"),
            "ResourceNotFoundException");
  EXPECT_TRUE(Succeeds(*session, ":clock system"));
  EXPECT_EQ(ErrorOf(*session, ":clock lunar"), "InvalidLine");
}

TEST(ShellSessionTest, TwoSessionsOfSimulatedTimeAnswerAlike) {
  const auto one = Simulated();
  const auto two = Simulated();
  for (const std::string_view line :
       {R"(CreateStream {"StreamName":"s","ShardCount":1})", ":advance 10s",
        R"(GetShardIterator {"StreamName":"s","ShardId":"0","ShardIteratorType":"LATEST"})"}) {
    EXPECT_EQ(Answer(*one, line), Answer(*two, line));
  }
}

// --- Subscriptions -------------------------------------------------------------------------------

TEST(ShellSessionTest, EventsAreWhatIsThereNow) {
  const auto session =
      ShellSession::Create({.clock = ShellClock::kSimulated, .limits = ShellLimits::kUnlimited})
          .value();
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  ASSERT_TRUE(Succeeds(*session, R"(RegisterStreamConsumer {"ConsumerName":"c","StreamARN":")"
                                 "arn:aws:kinesis:us-east-1:000000000000:stream/s\"}"));
  const std::string subscribe =
      R"(SubscribeToShard {"ShardId":"0","StartingPosition":{"Type":"TRIM_HORIZON"},)"
      R"("ConsumerARN":")"
      "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1600000000\"}";
  EXPECT_NE(Answer(*session, subscribe).find(R"("body":{},"events":[{"SubscribeToShardEvent":{)"),
            std::string::npos);
  EXPECT_EQ(ErrorOf(*session, subscribe), "ResourceInUseException");
  // Together more than a line is for.
  const std::string put = R"(PutRecord {"StreamName":"s","PartitionKey":"k","Data":")" +
                          std::string(size_t{1} << 20, 'A') + "\"}";
  for (int i = 0; i < 24; ++i) ASSERT_TRUE(Succeeds(*session, put));
  ASSERT_TRUE(Succeeds(*session, ":advance 5s"));
  const std::string answer = Answer(*session, subscribe);
  EXPECT_GT(answer.size(), size_t{8} << 20);
  EXPECT_LT(answer.size(), size_t{20} << 20);
}

// --- Limits --------------------------------------------------------------------------------------

TEST(ShellSessionTest, TheServicesLimitsBringItsDelays) {
  for (const ShellLimits limits : {ShellLimits::kKinesis, ShellLimits::kKinesis2015}) {
    const auto session =
        ShellSession::Create({.clock = ShellClock::kSimulated, .limits = limits}).value();
    ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
    const std::string line = R"(DescribeStream {"StreamName":"s"})";
    EXPECT_NE(Answer(*session, line).find("CREATING"), std::string::npos);
    ASSERT_TRUE(Succeeds(*session, ":advance 10s"));
    EXPECT_NE(Answer(*session, line).find("ACTIVE"), std::string::npos);
  }
}

TEST(ShellSessionTest, WithoutLimitsThereIsNoDelayAndNoRate) {
  const auto session = Simulated();
  EXPECT_EQ(Answer(*session, ":limits unlimited"),
            R"({"status":200,"body":{"Limits":"unlimited","Rates":"off"}})");
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  for (int i = 0; i < 50; ++i) {
    EXPECT_NE(Answer(*session, R"(DescribeStream {"StreamName":"s"})").find("ACTIVE"),
              std::string::npos);
  }
  EXPECT_EQ(Answer(*session, ":rates on"),
            R"({"status":200,"body":{"Limits":"unlimited","Rates":"off"}})");
}

TEST(ShellSessionTest, OtherLimitsKeepTheStreams) {
  const auto session = Simulated();
  ASSERT_TRUE(Succeeds(*session, ":limits unlimited"));
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  EXPECT_EQ(Answer(*session, ":limits kinesis2015"),
            R"({"status":200,"body":{"Limits":"kinesis2015","Rates":"on"}})");
  EXPECT_TRUE(Succeeds(*session, R"(DescribeStream {"StreamName":"s"})"));
  EXPECT_EQ(ErrorOf(*session, R"(DescribeStreamSummary {"StreamName":"s"})"),
            "UnknownOperationException");
  EXPECT_EQ(ErrorOf(*session, ":limits none"), "InvalidLine");
}

// How many of `calls` calls of an operation at one point in time are not throttled.
int Served(ShellSession& session, std::string_view line, int calls) {
  int served = 0;
  for (int i = 0; i < calls; ++i) served += Succeeds(session, line) ? 1 : 0;
  return served;
}

TEST(ShellSessionTest, RatesAreSwitchedAloneAndKeepTheStreams) {
  const auto session = Simulated();
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  ASSERT_TRUE(Succeeds(*session, ":advance 10s"));
  const std::string line = R"(DescribeStream {"StreamName":"s"})";
  EXPECT_EQ(Served(*session, line, 30), 10);  // the service's rate
  EXPECT_EQ(ErrorOf(*session, line), "LimitExceededException");
  EXPECT_EQ(Answer(*session, ":rates off"),
            R"({"status":200,"body":{"Limits":"kinesis","Rates":"off"}})");
  EXPECT_EQ(Served(*session, line, 30), 30);
  const std::string many = R"(CreateStream {"StreamName":"t","ShardCount":501})";
  EXPECT_EQ(ErrorOf(*session, many), "LimitExceededException");  // a count, not a rate
  EXPECT_TRUE(Succeeds(*session, ":rates on"));
  EXPECT_EQ(Served(*session, line, 30), 10);
  EXPECT_EQ(ErrorOf(*session, ":rates maybe"), "InvalidLine");
}

TEST(ShellSessionTest, StreamsOfNoLimitsTakeOnTheRatesOfOthers) {
  const auto session = Simulated();
  ASSERT_TRUE(Succeeds(*session, ":limits unlimited"));
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  const std::string of_account = R"(DescribeStream {"StreamName":"s"})";
  const std::string of_stream = R"(ListStreamConsumers {"StreamARN":")"
                                "arn:aws:kinesis:us-east-1:000000000000:stream/s\"}";
  const std::string of_shard =
      R"(GetShardIterator {"StreamName":"s","ShardId":"0","ShardIteratorType":"LATEST"})";
  ASSERT_TRUE(Succeeds(*session, ":limits kinesis"));
  EXPECT_EQ(Served(*session, of_account, 30), 10);
  EXPECT_EQ(Served(*session, of_stream, 30), 5);
  EXPECT_EQ(Served(*session, of_shard, 30), 5);
}

TEST(ShellSessionTest, RatesCanBeOffFromTheBeginning) {
  const auto session =
      ShellSession::Create({.clock = ShellClock::kSimulated, .rates = false}).value();
  EXPECT_EQ(Served(*session, "DescribeLimits", 20), 20);
  EXPECT_TRUE(Succeeds(*session, ":rates on"));
  EXPECT_EQ(Served(*session, "DescribeLimits", 20), 1);
}

// --- Help, and the end ---------------------------------------------------------------------------

TEST(ShellSessionTest, HelpIsJson) {
  const auto session = Simulated();
  EXPECT_TRUE(Answer(*session, ":help")
                  .starts_with(R"({"status":200,"body":{"Operations":["AddTagsToStream",)"));
  EXPECT_EQ(
      Answer(*session, ":help DescribeLimits"),
      R"({"status":200,"body":{"Operation":"DescribeLimits","Request":{},"Response":{)"
      R"("ChannelCount":{"Required":false,"Type":"integer"},)"
      R"("ChannelCountLimit":{"Required":false,"Type":"integer"},)"
      R"("OnDemandStreamCount":{"Required":true,"Type":"integer","Min":0,"Max":1000000},)"
      R"("OnDemandStreamCountLimit":{"Required":true,"Type":"integer","Min":0,"Max":1000000},)"
      R"("OpenShardCount":{"Required":true,"Type":"integer","Min":0,"Max":1000000},)"
      R"("ShardLimit":{"Required":true,"Type":"integer","Min":0,"Max":1000000}}}})");
  EXPECT_EQ(ErrorOf(*session, ":help Nothing"), "InvalidLine");
}

TEST(ShellSessionTest, QuitIsAnsweredAndIsTheEnd) {
  const auto session = Simulated();
  EXPECT_FALSE(session->done());
  EXPECT_EQ(Answer(*session, ":quit"), R"({"status":200,"body":{}})");
  EXPECT_TRUE(session->done());
}

// --- Pipes ---------------------------------------------------------------------------------------

TEST(RunPipeTest, ALineInALineOut) {
  const auto session = Simulated();
  std::istringstream in("\n# nothing\n:now\r\n\nListStreams\n:now");
  std::ostringstream out;
  EXPECT_TRUE(RunPipe(in, out, *session));
  EXPECT_EQ(out.str(), Answer(*session, ":now") + "\n" + Answer(*session, "ListStreams") + "\n" +
                           Answer(*session, ":now") + "\n");
}

TEST(RunPipeTest, NothingIsReadAfterQuit) {
  const auto session = Simulated();
  std::istringstream in(":quit\n:now\n");
  std::ostringstream out;
  RunPipe(in, out, *session);
  EXPECT_EQ(out.str(), "{\"status\":200,\"body\":{}}\n");
}

// Counts how often what was written is flushed.
class FlushCounter : public std::stringbuf {
 public:
  int flushes() const { return flushes_; }

 protected:
  int sync() override {
    ++flushes_;
    return 0;
  }

 private:
  int flushes_ = 0;
};

TEST(RunPipeTest, EveryAnswerIsFlushed) {
  const auto session = Simulated();
  std::istringstream in(":now\n\n:now\n:now\n");
  FlushCounter buffer;
  std::ostream out(&buffer);
  RunPipe(in, out, *session);
  EXPECT_EQ(buffer.flushes(), 3);
}

// Takes nothing.
class FullBuffer : public std::streambuf {};

TEST(RunPipeTest, NothingIsReadAfterAnAnswerThatCannotBeWritten) {
  const auto session = Simulated();
  std::istringstream in(":now\n:quit\n");
  FullBuffer buffer;
  std::ostream out(&buffer);
  EXPECT_FALSE(RunPipe(in, out, *session));
  std::string next;
  std::getline(in, next);
  EXPECT_EQ(next, ":quit");
}

TEST(RunPipeTest, ALineThatIsTooLongIsAnErrorAndTheNextOneServed) {
  const auto session = Simulated();
  std::istringstream in("ListStreams {}" + std::string(1000, ' ') + "\n:now\n");
  std::ostringstream out;
  RunPipe(in, out, *session, 1000);
  EXPECT_EQ(out.str(),
            ShellError("The line is too long.") + "\n" + Answer(*session, ":now") + "\n");
}

// --- What goes wrong, and subscriptions that are held open

TEST(ShellSessionTest, FaultsAreAddedToldAndForgotten) {
  const auto session = Simulated();
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  ASSERT_TRUE(Succeeds(*session, ":advance 10s"));
  EXPECT_NE(Answer(*session, ":fault fail put with ProvisionedThroughputExceeded")
                .find("(struck 0 of 0)"),
            std::string::npos);
  const std::string put = R"(PutRecord {"StreamName":"s","PartitionKey":"a","Data":""})";
  EXPECT_EQ(ErrorOf(*session, put), "ProvisionedThroughputExceededException");
  EXPECT_NE(Answer(*session, ":faults").find("strike 1: fail put"), std::string::npos);
  ASSERT_TRUE(Succeeds(*session, ":faults clear"));
  EXPECT_TRUE(Succeeds(*session, put));
  for (const char* bad : {":fault", ":fault boom", ":faults all"}) {
    EXPECT_EQ(ErrorOf(*session, bad), "InvalidLine") << bad;
  }
}

TEST(ShellSessionTest, AHeldSubscriptionGivesWhatComesAfterItAtOnce) {
  const auto session = Simulated();
  ASSERT_TRUE(Succeeds(*session, ":rates off"));
  ASSERT_TRUE(Succeeds(*session, R"(CreateStream {"StreamName":"s","ShardCount":1})"));
  ASSERT_TRUE(Succeeds(*session, ":advance 10s"));
  const std::string arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  ASSERT_TRUE(Succeeds(
      *session, R"(RegisterStreamConsumer {"ConsumerName":"c","StreamARN":")" + arn + R"("})"));
  ASSERT_TRUE(Succeeds(*session, ":advance 10s"));
  const std::string subscribe =
      R"(:subscribe {"ShardId":"0","StartingPosition":{"Type":"TRIM_HORIZON"},"ConsumerARN":")" +
      arn + R"(/consumer/c:1600000010"})";
  ASSERT_EQ(Answer(*session, subscribe), R"({"status":200,"body":{"Subscription":1}})");
  EXPECT_EQ(ErrorOf(*session, subscribe), "ResourceInUseException");
  EXPECT_NE(Answer(*session, ":next 1").find(R"("Idle":true,"Ended":false)"), std::string::npos);
  ASSERT_TRUE(
      Succeeds(*session, R"(PutRecord {"StreamName":"s","PartitionKey":"a","Data":"dGVh"})"));
  EXPECT_NE(Answer(*session, ":next 1").find(R"("Data":"dGVh")"), std::string::npos);
  // Frames begin with the initial response: 16 bytes of length, 0x68 in base64 among them.
  EXPECT_NE(Answer(*session, ":frames 1 7s").find(R"("Frames":"AAAA)"), std::string::npos);
  EXPECT_NE(Answer(*session, ":now").find(R"("Now":1600000027)"), std::string::npos)
      << "a wait moves simulated time";
  ASSERT_TRUE(Succeeds(*session, ":advance 300s"));
  EXPECT_EQ(Answer(*session, ":next 1"),
            R"({"status":200,"body":{"Events":[],"Idle":false,"Ended":true}})");
  for (const char* bad : {":next 1", ":next", ":next x", ":next 1x", ":frames 7 5s", ":next 1 soon",
                          ":unsubscribe 1", ":unsubscribe", ":next 1 25h"}) {
    EXPECT_EQ(ErrorOf(*session, bad), "InvalidLine") << bad;
  }
  ASSERT_EQ(Answer(*session, subscribe), R"({"status":200,"body":{"Subscription":2}})");
  EXPECT_TRUE(Succeeds(*session, ":unsubscribe 2"));
  EXPECT_EQ(ErrorOf(*session, ":next 2"), "InvalidLine");
}

}  // namespace
}  // namespace kinesis::testing
