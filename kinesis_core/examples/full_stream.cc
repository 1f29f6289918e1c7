// What a stream with default options does when nobody takes records out, and what makes it go on
// for ever. The default keeps everything for a day and refuses what does not fit: nothing that was
// accepted is lost unless somebody said that it may be. Here a consumer says so with TrimBefore,
// and the producer waits for it.
//
// Prints:
//   the default stream is full after 522912 records of 100 bytes
//   RESOURCE_EXHAUSTED: a shard of stream "orders" is at shard_capacity_bytes, 67108864 bytes*
//   100000 more, with a consumer that trims what it has read
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"

namespace {

// Reads all, and gives the memory of what it has read back.
void Consume(const kinesis::Shard& shard, uint64_t records) {
  auto it = shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  for (uint64_t read = 0; read < records;) {
    it.Wait(absl::InfiniteFuture()).IgnoreError();
    read += it.Read().value().size();
    shard.TrimBefore(it.position()).IgnoreError();
  }
}

}  // namespace

int main() {
  constexpr uint64_t kMore = 100'000;
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream orders = engine->CreateStream("orders").value();
  const std::string data(100, 'x');
  const kinesis::Record record{.partition_key = "key", .data = data};

  uint64_t accepted = 0;
  absl::Status status;
  while ((status = orders.Put(record).status()).ok()) ++accepted;
  std::cout << "the default stream is full after " << accepted << " records of 100 bytes\n"
            << status << "\n";

  std::thread consumer(Consume, orders.ListShards().front(), accepted + kMore);
  uint64_t more = 0;
  while (more < kMore && orders.Put(record, absl::InfiniteFuture()).ok()) ++more;
  consumer.join();
  std::cout << more << " more, with a consumer that trims what it has read\n";
}
