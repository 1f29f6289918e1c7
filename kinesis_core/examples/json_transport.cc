// The codec as a transport. A program that speaks to Kinesis over HTTP has one function that sends
// a request; here it is answered inside the process, with the service's JSON and status.
//
// Prints:
//   CreateStream: 200 {}
//   PutRecord: 200 {"SequenceNumber":"49*","ShardId":"shardId-000000000000"*}
//   GetRecords: 400 *ValidationException*
//   alice put 3 bytes
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/engine.h"

namespace {

// The seam: what an SDK calls an HTTP client. The other implementation signs and sends.
class Transport {
 public:
  struct Response {
    int status;
    std::string body;
  };
  virtual ~Transport() = default;
  virtual Response Post(std::string_view x_amz_target, std::string_view body) = 0;
};

class InProcessTransport : public Transport {
 public:
  explicit InProcessTransport(kinesis::api::Client& client) : service_(client) {}

  Response Post(std::string_view x_amz_target, std::string_view body) override {
    kinesis::api::JsonAnswer answer = service_.Handle(x_amz_target, body);
    if (answer.error.empty()) return {answer.http_status, std::move(answer.json_text)};
    return {answer.http_status, answer.error + " " + answer.json_text};
  }

 private:
  kinesis::api::JsonService service_;  // one for each thread
};

void Show(Transport& transport, std::string_view operation, std::string_view body) {
  const std::string target = "Kinesis_20131202." + std::string(operation);
  const Transport::Response response = transport.Post(target, body);
  std::cout << operation << ": " << response.status << " " << response.body << "\n";
}

}  // namespace

int main() {
  auto client = kinesis::api::Client::Create().value();
  InProcessTransport transport(*client);
  Show(transport, "CreateStream", R"({"StreamName":"orders","ShardCount":1})");
  Show(transport, "PutRecord", R"({"StreamName":"orders","PartitionKey":"alice","Data":"dGVh"})");
  Show(transport, "GetRecords", R"({"Limit":0})");

  // It is the same engine: what came in as JSON is read in place.
  const kinesis::Stream orders = client->engine().OpenStream("orders").value();
  auto it = orders.ListShards()[0].CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  const kinesis::RecordBatch batch = it.Read().value();
  std::cout << batch[0].partition_key << " put " << batch[0].data.size() << " bytes\n";
}
