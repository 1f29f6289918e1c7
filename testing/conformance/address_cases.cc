// For every operation that is about a stream: names of streams that are not there, names that do
// not agree, and none at all.
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"
#include "kinesis_core/testing/conformance/request_address.h"

namespace kinesis::api::testing {
namespace {

constexpr char kUnusedId[] = "aaaaaaaaaaaaaaaaaaaa-aaa";

template <class Traits>
class CaseMaker {
 public:
  using Request = typename Traits::Request;

  explicit CaseMaker(std::vector<BadInputCase>* cases) : cases_(cases) {}

  void AddAll() {
    AddNotThere();
    AddDisagreements();
    if (kRequiresArn<Request>) return;  // the member is missing: a constraint
    const bool lists = std::is_same_v<Request, ListShardsRequest>;
    Add("NoAddress", {}, ErrorType::kInvalidArgument,
        lists ? "Either NextToken or StreamName should be provided."
              : "Either StreamName or StreamARN should be provided.");
  }

 private:
  void Add(const std::string& kind, const StreamAddress& address, ErrorType error,
           const std::string& message) {
    BadInputCase added;
    added.name = std::string(ToText(Traits::kOperation)) + "_" + kind;
    added.call = [address](SampleWorld& world) {
      auto request = SampleRequest<Request>(world);
      SetAddress(address, &request);
      return StatusOf((world.client().*Traits::kMethod)(request));
    };
    added.error = error;
    added.message = message;
    cases_->push_back(std::move(added));
  }

  void AddNotThere() {
    const auto missing = [](const std::string& stream) {
      // The one operation that misses the shard where the others miss the stream.
      if (Traits::kOperation == Operation::kGetShardIterator) {
        return "Shard shardId-000000000000 in stream " + stream + " does not exist";
      }
      return "Stream " + stream + " not found.";
    };
    const std::string not_found = missing("nowhere under account 000000000000");
    const std::string arn = SampleWorld::ArnOf("nowhere");
    Add("UnknownArn", {.arn = arn}, ErrorType::kResourceNotFound, not_found);
    Add("ForeignArn", {.arn = "arn:aws:kinesis:us-east-1:111111111111:stream/orders"},
        ErrorType::kResourceNotFound, missing("orders under account 111111111111"));
    Add("ForeignRegion", {.arn = "arn:aws:kinesis:eu-west-1:000000000000:stream/orders"},
        ErrorType::kResourceNotFound, missing("orders under account 000000000000"));
    Add("ForeignPartition", {.arn = "arn:aws-cn:kinesis:us-east-1:000000000000:stream/orders"},
        ErrorType::kResourceNotFound, missing("orders under account 000000000000"));
    if (!kHasResourceArn<Request>) {
      Add("ArnOfAConsumer", {.arn = SampleWorld::ArnOf("orders/consumer/billing:1600000030")},
          ErrorType::kResourceNotFound,
          missing("orders/consumer/billing:1600000030 under account 000000000000"));
    }
    if (kHasName<Request>) {
      Add("UnknownName", {.name = "nowhere"}, ErrorType::kResourceNotFound, not_found);
      Add("UnknownNameAndArn", {.name = "nowhere", .arn = arn}, ErrorType::kResourceNotFound,
          not_found);
    }
    if (kRequiresArn<Request>) return;
    Add("UnknownId", {.id = kUnusedId}, ErrorType::kResourceNotFound,
        missing(std::string(kUnusedId) + " under account 000000000000"));
  }

  void AddDisagreements() {
    const std::string other = SampleWorld::ArnOf("other");
    if (kHasName<Request>) {
      Add("NameAndArnDisagree", {.name = "orders", .arn = other}, ErrorType::kInvalidArgument,
          "StreamName orders and StreamARN " + other + " do not name the same stream.");
      Add("NameAndIdDisagree", {.name = "orders", .id = kUnusedId}, ErrorType::kInvalidArgument,
          std::string("StreamId ") + kUnusedId + " is not that of stream orders.");
    }
    Add("ArnAndIdDisagree", {.arn = other, .id = kUnusedId}, ErrorType::kInvalidArgument,
        std::string("StreamId ") + kUnusedId + " is not that of stream other.");
  }

  std::vector<BadInputCase>* const cases_;
};

}  // namespace

std::vector<BadInputCase> AddressCases() {
  std::vector<BadInputCase> cases;
  internal::ForEachOperation([&cases](auto traits) {
    using Traits = decltype(traits);
    if constexpr (kHasAddress<typename Traits::Request>) CaseMaker<Traits>(&cases).AddAll();
  });
  return cases;
}

}  // namespace kinesis::api::testing
