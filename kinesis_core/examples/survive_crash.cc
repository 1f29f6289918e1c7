// A bus that survives its own crash. The first process puts ten orders, bills four of them and is
// killed in the middle of the fifth; the second one finds the orders, and the group where it was.
//
// Prints:
//   the first process was killed
//   10 records of 2 shards are there
//   billed 6 orders, the first again
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"

namespace {

std::unique_ptr<kinesis::Engine> Open(const std::string& directory,
                                      kinesis::RecoveryReport* report) {
  return kinesis::Engine::Create({.directory = directory}, report).value();
}

// The stream is made once, and opened from then on.
kinesis::Stream Orders(kinesis::Engine& engine) {
  auto stream = engine.OpenStream("orders");
  if (absl::IsNotFound(stream.status())) {
    stream = engine.CreateStream("orders",
                                 {.shard_count = 2, .durability = kinesis::Durability::kProcess});
  }
  return *stream;
}

// Returns how many orders were billed; the process is killed in the middle of order `last`.
int Bill(const kinesis::Stream& orders, int last) {
  const auto group =
      kinesis::ConsumerGroup::Create(orders, "billing", {.limits = {.max_records = 1}}).value();
  kinesis::GroupMember member = group.Join().value();
  for (int billed = 0;; ++billed) {
    auto delivery = member.Next(absl::InfinitePast());
    if (!delivery.ok()) return billed;
    if (billed + 1 == last) kill(getpid(), SIGKILL);
    delivery->Commit().IgnoreError();
  }
}

}  // namespace

int main() {
  std::string directory = std::filesystem::temp_directory_path() / "survive_crash_XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 1;
  kinesis::RecoveryReport report;
  const pid_t first = fork();
  if (first == 0) {
    auto engine = Open(directory, &report);
    kinesis::Stream orders = Orders(*engine);
    for (int i = 0; i < 10; ++i) {
      orders.Put({.partition_key = std::to_string(i), .data = "tea"}).value();
    }
    Bill(orders, 5);
  }
  int status = 0;
  waitpid(first, &status, 0);
  if (WIFSIGNALED(status)) std::cout << "the first process was killed\n";
  {
    auto engine = Open(directory, &report);
    std::cout << report.records << " records of " << report.shards << " shards are there\n";
    std::cout << "billed " << Bill(Orders(*engine), 0) << " orders, the first again\n";
  }
  std::filesystem::remove_all(directory);
}
