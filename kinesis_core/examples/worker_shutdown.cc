// A worker that is told to stop finishes what it has in hand; another goes on behind it, and
// nothing is done twice or left out.
//
// Prints:
//   first worker stopped
//   1000 jobs, each done once
#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"

namespace {

constexpr int kJobs = 1000;
std::array<std::atomic<int>, kJobs> done;  // how often

absl::Status Do(kinesis::Delivery& delivery) {
  for (const kinesis::RecordView& job : delivery.records()) {
    ++done[static_cast<size_t>(std::stoi(std::string(job.data)))];
  }
  return absl::OkStatus();  // Run commits then
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream jobs = engine->CreateStream("jobs").value();
  const auto group =
      kinesis::ConsumerGroup::Create(jobs, "workers", {.limits = {.max_records = 10}}).value();

  std::jthread first([&group](const std::stop_token& stop) {
    kinesis::GroupMember member = group.Join().value();
    // Sleeps while there is nothing; request_stop() wakes it. Returns behind the last commit.
    member.Run(stop, Do).IgnoreError();
  });
  for (int i = 0; i < kJobs / 2; ++i) jobs.Put({.data = std::to_string(i)}).value();
  first.request_stop();
  first.join();
  std::cout << "first worker stopped\n";

  for (int i = kJobs / 2; i < kJobs; ++i) jobs.Put({.data = std::to_string(i)}).value();
  jobs.Close().IgnoreError();
  group.Join().value().Run(std::stop_token(), Do).IgnoreError();
  const auto once = std::count(done.begin(), done.end(), 1);
  std::cout << once << " jobs, each done once\n";
}
