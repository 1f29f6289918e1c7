// A program on the engine, without Kinesis's operations.
#include <iostream>

#include "kinesis_core/engine.h"

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream stream = engine->CreateStream("clicks").value();
  const kinesis::PutResult put = stream.Put({.partition_key = "alice", .data = "tea"}).value();
  kinesis::Iterator it = stream.FindShard(put.shard_id)
                             .value()
                             .CreateIterator(kinesis::IteratorStart::TrimHorizon())
                             .value();
  const kinesis::RecordBatch batch = it.Read().value();
  for (const kinesis::RecordView& record : batch) {
    std::cout << batch.size() << " record of " << record.partition_key << "\n";
  }
}
