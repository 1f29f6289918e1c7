// For the operations that are about one consumer: it is not there, its two forms of address do not
// agree, there is none; or it is in the wrong state.
#include <optional>

#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"

namespace kinesis::api::testing {
namespace {

struct ConsumerAddress {
  std::optional<std::string> consumer_arn = std::nullopt;
  std::optional<std::string> consumer_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
};

std::string Billing() { return SampleWorld::ArnOf("orders/consumer/billing:1600000030"); }

template <class Traits>
class CaseMaker {
 public:
  using Request = typename Traits::Request;

  explicit CaseMaker(std::vector<BadInputCase>* cases) : cases_(cases) {}

  void AddAll() {
    AddByArn();
    if constexpr (requires(Request request) { request.consumer_name; }) AddByName();
  }

 private:
  void Add(const std::string& kind, const ConsumerAddress& address, ErrorType error,
           const std::string& message) {
    BadInputCase added;
    added.name = std::string(ToText(Traits::kOperation)) + "_" + kind;
    added.call = [address](SampleWorld& world) {
      auto request = SampleRequest<Request>(world);
      request.consumer_arn = address.consumer_arn;
      if constexpr (requires { request.consumer_name; }) {
        request.consumer_name = address.consumer_name;
        request.stream_arn = address.stream_arn;
      }
      return StatusOf((world.client().*Traits::kMethod)(request));
    };
    added.error = error;
    added.message = message;
    cases_->push_back(std::move(added));
  }

  void AddByArn() {
    const auto arn = [](const char* rest) { return SampleWorld::ArnOf(rest); };
    Add("UnknownConsumer", {.consumer_arn = arn("orders/consumer/nobody:1600000030")},
        ErrorType::kResourceNotFound,
        "Consumer nobody, stream orders under account 000000000000 not found.");
    Add("EarlierConsumerOfTheName", {.consumer_arn = arn("orders/consumer/billing:1600000029")},
        ErrorType::kResourceNotFound,
        "Consumer billing, stream orders under account 000000000000 not found.");
    Add("ConsumerOfAnotherStream", {.consumer_arn = arn("other/consumer/billing:1600000030")},
        ErrorType::kResourceNotFound,
        "Consumer billing, stream other under account 000000000000 not found.");
    Add("ConsumerOfAnUnknownStream", {.consumer_arn = arn("nowhere/consumer/billing:1600000030")},
        ErrorType::kResourceNotFound, "Stream nowhere under account 000000000000 not found.");
  }

  void AddByName() {
    const std::string orders = SampleWorld::ArnOf("orders");
    const std::string rule =
        "Either ConsumerARN or both StreamARN and ConsumerName should be provided.";
    const std::string disagree =
        "ConsumerARN " + Billing() +
        " and the StreamARN and ConsumerName that are given do not name the same consumer.";
    Add("UnknownConsumerName", {.consumer_name = "nobody", .stream_arn = orders},
        ErrorType::kResourceNotFound,
        "Consumer nobody, stream orders under account 000000000000 not found.");
    Add("ConsumerNameInAnUnknownStream",
        {.consumer_name = "billing", .stream_arn = SampleWorld::ArnOf("nowhere")},
        ErrorType::kResourceNotFound, "Stream nowhere under account 000000000000 not found.");
    Add("NoAddress", {}, ErrorType::kInvalidArgument, rule);
    Add("ConsumerNameAlone", {.consumer_name = "billing"}, ErrorType::kInvalidArgument, rule);
    Add("StreamArnAlone", {.stream_arn = orders}, ErrorType::kInvalidArgument, rule);
    Add("ArnAndNameDisagree", {.consumer_arn = Billing(), .consumer_name = "nobody"},
        ErrorType::kInvalidArgument, disagree);
    Add("ArnAndStreamDisagree",
        {.consumer_arn = Billing(), .stream_arn = SampleWorld::ArnOf("other")},
        ErrorType::kInvalidArgument, disagree);
  }

  std::vector<BadInputCase>* const cases_;
};

BadInputCase Subscribing(const std::string& name, std::function<void(SampleWorld&)> prepare,
                         const std::string& message) {
  BadInputCase added;
  added.name = "SubscribeToShard_" + name;
  added.prepare = std::move(prepare);
  added.call = [](SampleWorld& world) {
    return world.client().SubscribeToShard(SampleRequest<SubscribeToShardRequest>(world)).status();
  };
  added.error = ErrorType::kResourceInUse;
  added.message = message;
  return added;
}

void Deregister(SampleWorld& world) {
  world.client().DeregisterStreamConsumer({.consumer_arn = Billing()}).IgnoreError();
}

}  // namespace

std::vector<BadInputCase> ConsumerCases() {
  std::vector<BadInputCase> cases;
  internal::ForEachOperation([&cases](auto traits) {
    using Traits = decltype(traits);
    if constexpr (requires(typename Traits::Request request) { request.consumer_arn; }) {
      CaseMaker<Traits>(&cases).AddAll();
    }
  });
  cases.push_back(Subscribing("WhileDeregistering", Deregister,
                              "Consumer billing with creation timestamp 1600000030 under stream "
                              "orders and account 000000000000 is not in ACTIVE status."));
  cases.push_back(Subscribing(
      "WhileTheStreamIsDeleting",
      [](SampleWorld& world) {
        world.client()
            .DeleteStream({.stream_name = "orders", .enforce_consumer_deletion = true})
            .IgnoreError();
      },
      "Stream orders under account 000000000000 not ACTIVE or UPDATING, instead in state "
      "DELETING"));
  BadInputCase twice;
  twice.name = "RegisterStreamConsumer_TheNameIsTaken";
  twice.call = [](SampleWorld& world) {
    return world.client()
        .RegisterStreamConsumer(
            {.stream_arn = SampleWorld::ArnOf("orders"), .consumer_name = "billing"})
        .status();
  };
  twice.error = ErrorType::kResourceInUse;
  twice.message = "Consumer billing under stream orders under account 000000000000 already exists.";
  cases.push_back(std::move(twice));
  return cases;
}

}  // namespace kinesis::api::testing
