// The program of README.md's first screen: put a record, read it back.
//
// Prints:
//   alice had tea at 49*
#include <iostream>

#include "kinesis_core/engine.h"

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream stream = engine->CreateStream("clicks", {.shard_count = 4}).value();
  kinesis::PutResult put = stream.Put({.partition_key = "alice", .data = "tea"}).value();

  kinesis::Shard shard = stream.FindShard(put.shard_id).value();
  kinesis::Iterator it = shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  kinesis::RecordBatch batch = it.Read().value();  // views into the log; nothing is copied
  for (const kinesis::RecordView& record : batch) {
    std::cout << record.partition_key << " had " << record.data << " at " << record.sequence_number
              << "\n";
  }
}
