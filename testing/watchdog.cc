#include "kinesis_core/testing/watchdog.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/environment.h"

namespace kinesis::testing {
namespace {

// All that threads wait for at the moment, in the order in which they began.
struct Waits {
  std::mutex mutex;
  uint64_t last_id = 0;
  std::map<uint64_t, std::string> waits;
};

Waits& AllWaits() {
  static Waits* const waits = new Waits;
  return *waits;
}

uint64_t Add(std::string what) {
  Waits& all = AllWaits();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.waits.emplace(++all.last_id, std::move(what));
  return all.last_id;
}

// The end of patience, of which there is no end if it is 0: a tenth of the runner's is left for the
// report.
std::chrono::milliseconds Patience() {
  constexpr uint64_t kUsualSeconds = 60;
  const std::optional<uint64_t> told_s = NumberInEnvironment("KINESIS_TEST_WATCHDOG");
  const uint64_t runner_ms = FromEnvironment("TEST_TIMEOUT", kUsualSeconds) * 900;
  return std::chrono::milliseconds(told_s.has_value() ? *told_s * 1000 : runner_ms);
}

class Watchdog final : public ::testing::EmptyTestEventListener {
 public:
  void OnTestProgramStart(const ::testing::UnitTest&) override {
    patience_ = Patience();
    if (patience_.count() > 0) thread_ = std::thread([this] { Watch(); });
  }
  void OnTestProgramEnd(const ::testing::UnitTest&) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  void OnTestStart(const ::testing::TestInfo& test) override {
    SetTest(std::string(test.test_suite_name()) + "." + test.name());
  }
  void OnTestEnd(const ::testing::TestInfo&) override { SetTest("no test"); }

 private:
  void SetTest(std::string test) {
    const std::lock_guard<std::mutex> lock(mutex_);
    test_ = std::move(test);
  }

  void Watch() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (changed_.wait_for(lock, patience_, [this] { return ended_; })) return;
    const std::string waits = AllWaitedFor();
    std::fprintf(
        stderr, "[  HANGS   ] %s has not ended %lld s after the program began. %s%s\n",
        test_.c_str(), static_cast<long long>(patience_.count() / 1000),
        waits.empty() ? "It waits for nothing that it names." : "It waits for: ", waits.c_str());
    std::fflush(stderr);
    std::_Exit(1);
  }

  std::chrono::milliseconds patience_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::string test_ = "no test";
  std::thread thread_;
};

// Google Test owns it.
[[maybe_unused]] const bool kWatching = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(new Watchdog);
  return true;
}();

}  // namespace

WaitingFor::WaitingFor(std::string what) : id_(Add(std::move(what))) {}

WaitingFor::~WaitingFor() {
  Waits& all = AllWaits();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.waits.erase(id_);
}

std::string AllWaitedFor() {
  Waits& all = AllWaits();
  const std::lock_guard<std::mutex> lock(all.mutex);
  std::string text;
  for (const auto& [id, what] : all.waits) {
    if (!text.empty()) text += "; ";
    text += what;
  }
  return text;
}

}  // namespace kinesis::testing
