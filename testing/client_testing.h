// What tests of the API have in common: a client on simulated time, and short forms of its
// operations.
//
// absl::StatusOr::value() is used freely in tests: on an error it throws, and the test fails with
// the error.
#ifndef KINESIS_CORE_TESTING_CLIENT_TESTING_H_
#define KINESIS_CORE_TESTING_CLIENT_TESTING_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/testing/simulated_clock.h"

namespace kinesis::api::testing {

// True if `status` is that error of the service, with exactly this message (any, if left out).
inline ::testing::AssertionResult Fails(const absl::Status& status, ErrorType type,
                                        std::optional<std::string> message = std::nullopt) {
  const std::optional<Error> error = ErrorOf(status);
  if (!error || error->name != ErrorName(type) || (message && error->message != *message)) {
    return ::testing::AssertionFailure()
           << "is " << status << " and not " << ErrorName(type) << ": " << message.value_or("");
  }
  return ::testing::AssertionSuccess();
}
template <class T>
::testing::AssertionResult Fails(const absl::StatusOr<T>& result, ErrorType type,
                                 std::optional<std::string> message = std::nullopt) {
  return Fails(result.status(), type, std::move(message));
}

// Time stands still until the test moves it; nothing is throttled, all else is as in the service
// and done at once, unless `options` say otherwise.
class ClientTest : public ::testing::Test {
 protected:
  static constexpr char kAccount[] = "000000000000";

  static ClientOptions WithoutRates() {
    ClientOptions options;
    options.limits.rates = false;
    return options;
  }

  explicit ClientTest(const ClientOptions& options = WithoutRates())
      : client_(Client::Create(options, {.clock = &clock_}).value()) {}

  void Create(const std::string& name, int32_t shards = 1) {
    const absl::Status status = client_->CreateStream({.stream_name = name, .shard_count = shards});
    ASSERT_TRUE(status.ok()) << status;
  }
  PutRecordResponse Put(std::string_view stream, std::string_view data,
                        std::string_view key = "key") {
    return client_->PutRecord({.stream_name = stream, .data = data, .partition_key = key}).value();
  }
  ShardIterator IteratorOf(const std::string& stream, ShardId shard = ShardId(0),
                           ShardIteratorType type = ShardIteratorType::kTrimHorizon) {
    return client_
        ->GetShardIterator({.stream_name = stream, .shard_id = shard, .shard_iterator_type = type})
        .value()
        .shard_iterator;
  }
  GetRecordsResponse Get(const ShardIterator& iterator,
                         std::optional<int32_t> limit = std::nullopt) {
    return client_->GetRecords({.shard_iterator = iterator, .limit = limit}).value();
  }
  static std::vector<std::string> DataOf(const GetRecordsResponse& response) {
    std::vector<std::string> data;
    for (const Record& record : response.records) data.emplace_back(record.data);
    return data;
  }
  StreamStatus StatusOf(const std::string& name) {
    return client_->DescribeStreamSummary({.stream_name = name})
        .value()
        .stream_description_summary.stream_status;
  }
  std::vector<Shard> ShardsOf(const std::string& name) {
    return client_->ListShards({.stream_name = name}).value().shards;
  }

  kinesis::testing::SimulatedClock clock_;
  std::unique_ptr<Client> client_;
};

}  // namespace kinesis::api::testing

#endif  // KINESIS_CORE_TESTING_CLIENT_TESTING_H_
