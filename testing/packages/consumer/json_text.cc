// The service's protocol as text.
#include <iostream>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/json/json_service.h"

int main() {
  auto client = kinesis::api::Client::Create().value();
  kinesis::api::JsonService service(*client);
  const auto answer = service.Handle("CreateStream", R"({"StreamName":"orders","ShardCount":1})");
  std::cout << "CreateStream: " << answer.http_status << " " << answer.json_text << "\n";
}
