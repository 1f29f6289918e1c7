#include "kinesis_core/testing/fuzz/handle_lines.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/options.h"
#include "kinesis_core/simulated_clock.h"
#include "simdjson.h"

namespace kinesis::testing {
namespace {

// Bounds on what one input can cost.
constexpr size_t kLinesMax = 50;
constexpr uint64_t kBudgetBytes = uint64_t{64} << 20;

// The members of which "@" and a letter stand for the last value.
const std::map<char, std::vector<std::string_view>>& Placeholders() {
  static const auto* const placeholders = new std::map<char, std::vector<std::string_view>>{
      {'c', {"ConsumerARN"}},
      {'h', {"ChannelARN"}},
      {'i', {"ShardIterator", "NextShardIterator"}},
      {'n', {"NextToken"}},
      {'s', {"SequenceNumber", "StartingSequenceNumber"}}};
  return *placeholders;
}

// The text of the last member of that name; nothing if there is none.
std::optional<std::string> LastText(std::string_view json, std::string_view name) {
  const std::string begin = "\"" + std::string(name) + "\":\"";
  const size_t at = json.rfind(begin);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view text = json.substr(at + begin.size());
  return std::string(text.substr(0, text.find('"')));
}

// A stream with a channel, which then has a placeholder.
constexpr std::array<std::string_view, 2> kChannelLines = {
    R"(CreateStream {"StreamName":"e","StreamModeDetails":{"StreamMode":"ON_DEMAND"}})",
    R"(CreateChannel {"ChannelName":"c",)"
    R"("ServiceExecutionRoleARN":"arn:aws:iam::000000000000:role/r",)"
    R"("StreamConfigurationList":[{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/e",)"
    R"("RecordConfiguration":{"RecordFormatType":"JSON"}}],"S3DestinationConfiguration":{)"
    R"("StorageConfiguration":{"BucketARN":"arn:aws:s3:::b","CompressionType":"NONE",)"
    R"("ExpectedBucketOwner":"000000000000"}}})"};

class Fuzzed {
 public:
  Fuzzed() : client_(MakeClient(clock_)), service_(*client_) {
    api::CreateStreamRequest create{.stream_name = "s", .shard_count = 1};
    client_->CreateStream(create).IgnoreError();
    for (const std::string_view data : {"a", "b", "c"}) {
      client_->PutRecord({.stream_name = "s", .data = data, .partition_key = data})
          .status()
          .IgnoreError();
    }
    for (const std::string_view line : kChannelLines) Handle(line);
  }

  // Handles a line, and returns how the answer breaks a promise; empty if it does not.
  std::string Handle(std::string_view line) {
    clock_.Advance(absl::Seconds(1));
    const std::string text = Fill(line);
    const size_t end = std::min(text.find(' '), text.size());
    api::JsonAnswer answer =
        service_.Handle(std::string_view(text).substr(0, end), std::string_view(text).substr(end));
    std::string problem = CheckStatus(answer);
    if (problem.empty()) problem = CheckJson(answer.json_text);
    for (int events = 0; answer.events && problem.empty() && events < 3; ++events) {
      const std::optional<api::JsonEvent> event = answer.events->Next();
      if (!event) break;
      problem = CheckJson(event->json_text);
    }
    Learn(answer.json_text);
    return problem.empty() ? problem : problem + "\nof " + text + "\nanswer " + answer.json_text;
  }

 private:
  static std::unique_ptr<api::Client> MakeClient(SimulatedClock& clock) {
    EngineOptions engine_options;
    engine_options.clock = &clock;
    engine_options.memory_budget_bytes = kBudgetBytes;
    api::ClientOptions options;
    options.token_seed = 1;
    return api::Client::Create(options, engine_options).value();
  }

  std::string Fill(std::string_view line) const {
    std::string text;
    for (size_t at = 0; at < line.size(); ++at) {
      const auto known =
          line[at] == '@' && at + 1 < line.size() ? known_.find(line[at + 1]) : known_.end();
      if (known == known_.end()) {
        text += line[at];
      } else {
        text += known->second;
        ++at;
      }
    }
    return text;
  }

  void Learn(std::string_view json) {
    for (const auto& [letter, names] : Placeholders()) {
      for (const std::string_view name : names) {
        if (std::optional<std::string> text = LastText(json, name)) known_[letter] = *text;
      }
    }
  }

  // The service answers a StartingSequenceNumber of "0" as its own failure, without a word; nothing
  // else that a request says is one.
  static std::string CheckStatus(const api::JsonAnswer& answer) {
    if (answer.error.empty()) return answer.http_status == 200 ? "" : "a status without an error";
    if (answer.error == "InternalFailure") {
      const bool is_bare = answer.json_text == R"({"__type":"InternalFailure"})";
      return is_bare && answer.http_status == 500 ? "" : "an internal failure with a word";
    }
    const std::optional<api::ErrorType> type = api::FindError(answer.error);
    if (!type) return "an error of no known name";
    if (*type == api::ErrorType::kInternalFailure) return "an internal failure";
    return answer.http_status == api::HttpStatus(*type) ? "" : "a status of another error";
  }

  std::string CheckJson(std::string_view json) {
    if (json.find('\n') != std::string_view::npos) return "an answer of several lines";
    simdjson::dom::element element;
    if (parser_.parse(json.data(), json.size()).get(element) != simdjson::SUCCESS) {
      return "an answer that is no JSON";
    }
    return element.is_object() ? "" : "an answer that is no object";
  }

  SimulatedClock clock_;
  std::unique_ptr<api::Client> client_;
  api::JsonService service_;
  simdjson::dom::parser parser_;
  std::map<char, std::string> known_;
};

}  // namespace

std::string HandleLines(std::string_view lines) {
  Fuzzed fuzzed;
  for (size_t count = 0; count < kLinesMax && !lines.empty(); ++count) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    std::string problem = fuzzed.Handle(lines.substr(0, end));
    if (!problem.empty()) return problem;
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return "";
}

}  // namespace kinesis::testing
