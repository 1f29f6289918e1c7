// Ten lines against the engine and the API.
#include "kinesis_core/engine.h"

#include <iostream>

#include "api/client.h"
#include "kinesis_core/api/client.h"

int main() {
  auto engine = kinesis::Engine::Create().value();
  auto client = kinesis::api::Client::Create(*engine).value();
  if (!client->CreateStream({.stream_name = "orders", .shard_count = 1}).ok()) return 1;
  kinesis::Stream orders = engine->OpenStream("orders").value();
  const auto put = orders.Put({.partition_key = "alice", .data = "tea"}).value();
  std::cout << "put to " << put.shard_id << "; " << kOwnApiHeader << "\n";
}
