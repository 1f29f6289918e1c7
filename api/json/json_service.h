// JsonService: start here. The service's protocol, AWS JSON 1.1, without a socket: the name of an
// operation and JSON text in, an HTTP status and JSON text out.
//
//   JsonService service(*client);
//   JsonAnswer answer = service.Handle("DescribeStream", R"({"StreamName":"orders"})");
//   std::cout << answer.http_status << " " << answer.json_text << "\n";
//
// A transport has to add the HTTP around it: the operation is the last part of the header
// X-Amz-Target, the text is the body. Operations, limits and errors are those of the Client.
//
//   blobs       base64, padded, standard alphabet; nothing else is taken
//   timestamps  seconds since the epoch with up to three decimals
//   null        is absent; what is absent is left out of answers
//   unknown     members of requests are ignored, but have to be JSON
//   repeated    members: the last one counts
//   numbers     wider than their type are clamped to it, and fractions cut off
//   text        is UTF-8; record data may be any bytes, and a partition key that was put around
//               this service and is no UTF-8 is shown with U+FFFD in it
//   bounds      64 MiB of text, 64 brackets within brackets, 10,000 elements of a list or map
//
// A value of the wrong JSON type, base64 that is none, text that is no JSON or exceeds a bound:
// SerializationException. Its message is the member "Message", that of all others "message"; so
// the service has it.
#ifndef KINESIS_CORE_API_JSON_JSON_SERVICE_H_
#define KINESIS_CORE_API_JSON_JSON_SERVICE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "kinesis_core/api/shard_subscription.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

class Client;

namespace internal {
class JsonDecoder;
}  // namespace internal

// One event of a subscription.
struct JsonEvent {
  // One member, named by the kind of event: {"SubscribeToShardEvent":{...}}, or an exception, with
  // which the stream ends: {"ResourceInUseException":{"message":"..."}}.
  std::string json_text;
  // Nothing new: the event has no records and is not the end.
  bool idle = false;
};

// The event stream of SubscribeToShard, as JSON. Thread rule and lifetime are ShardSubscription's.
class KINESIS_CORE_EXPORT JsonEventStream {
 public:
  explicit JsonEventStream(ShardSubscription subscription)
      : subscription_(std::move(subscription)) {}

  // The next event. If there is nothing new it sleeps until there is, or until `deadline` by the
  // engine's clock, and then returns an idle one. Nothing at all: the subscription has ended.
  std::optional<JsonEvent> Next(absl::Time deadline = absl::InfinitePast());

 private:
  ShardSubscription subscription_;
  bool ended_ = false;
};

struct JsonAnswer {
  int http_status = 200;  // or 400, or 500 for InternalFailureException
  // The name of the exception; empty if there is none. "InternalFailure", which is none of the
  // model's, for what the service answers with that word alone.
  std::string error;
  std::string json_text;  // a JSON object, on one line; "{}" of operations that answer nothing
  // The events that follow the answer of a SubscribeToShard that succeeded.
  std::optional<JsonEventStream> events;
};

// Thread-compatible: one thread at a time uses a service. Make one for each thread; any number may
// share a client. A service keeps the buffers of its last request for the next one: a few times the
// request's size, which is small again after the next small request.
//
// Lifetime: the client outlives the service.
class KINESIS_CORE_EXPORT JsonService {
 public:
  explicit JsonService(Client& client);
  JsonService(JsonService&&) noexcept;
  JsonService& operator=(JsonService&&) noexcept;
  ~JsonService();

  // Carries out one operation. `operation` is its name, "PutRecord", or the whole header,
  // "Kinesis_20131202.PutRecord"; any other is UnknownOperationException.
  JsonAnswer Handle(std::string_view operation, std::string_view json_text);

  Client& client() const { return *client_; }

 private:
  Client* client_;
  std::unique_ptr<internal::JsonDecoder> decoder_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_JSON_JSON_SERVICE_H_
