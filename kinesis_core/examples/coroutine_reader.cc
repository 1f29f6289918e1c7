// A thousand readers on one thread: each is a coroutine that waits for records of its shard, and
// costs nothing while it does. A put wakes those at its shard; one stop token ends all of them.
//
// Prints:
//   1000 readers wait
//   they have read 10000 records
//   0 readers wait
#include <coroutine>
#include <exception>
#include <iostream>
#include <stop_token>
#include <string>

#include "kinesis_core/coroutine.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/executor.h"

namespace {

// The least that a coroutine needs to be one: it begins at once and goes when it ends. Programs
// that have coroutines have a type for this, which may be of any library.
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Task Consume(kinesis::Iterator it, kinesis::Executor& executor, std::stop_token stop, int& read) {
  for (;;) {
    const kinesis::ReadResult batch = co_await kinesis::NextRecords(it, executor, stop);
    if (!batch.ok() || batch->end_of_shard()) co_return;
    for (const kinesis::RecordView& record : *batch) read += record.data == "hello" ? 1 : 0;
  }
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream stream = engine->CreateStream("greetings", {.shard_count = 10}).value();
  kinesis::EventLoop loop;
  std::stop_source stop;
  int read = 0;
  for (int i = 0; i < 100; ++i) {
    for (const kinesis::Shard& shard : stream.ListShards()) {
      Consume(shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value(), loop,
              stop.get_token(), read);
    }
  }
  std::cout << loop.waiting() << " readers wait\n";
  for (int i = 0; i < 100; ++i) {
    stream.Put({.partition_key = std::to_string(i), .data = "hello"}).value();
  }
  loop.RunReady();
  std::cout << "they have read " << read << " records\n";
  stop.request_stop();
  loop.Run();  // until none waits
  std::cout << loop.waiting() << " readers wait\n";
}
