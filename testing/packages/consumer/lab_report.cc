// The partition lab on a key source and a strategy of the consumer's own.
#include <iostream>
#include <memory>

#include "kinesis_core/lab/lab.h"
#include "kinesis_core/lab/report_text.h"

namespace lab = kinesis::lab;

class Orders final : public lab::KeySource {
 public:
  absl::StatusOr<bool> Next(lab::KeyRecord* record) override {
    *record = {.key = next_ % 2 == 0 ? "alice" : "bob", .bytes = 100};
    return next_++ < 1'000;
  }
  absl::Status Rewind() override { return next_ = 0, absl::OkStatus(); }
  std::string description() const override { return "orders"; }
  double progress() const override { return static_cast<double>(next_) / 1'000; }

 private:
  int next_ = 0;
};

class ByLength final : public lab::Strategy {
 public:
  kinesis::HashKey Place(std::string_view key, uint64_t) override {
    return kinesis::HashKey::FromHalves(uint64_t{key.size()} << 61, 0);
  }
  bool depends_on_key_alone() const override { return true; }
};

int main() {
  Orders orders;
  auto strategies = lab::BuiltInStrategies();
  strategies.push_back({"by-length", "the length of the key",
                        [](const auto&) { return std::make_unique<ByLength>(); }});
  const auto shards = lab::ShardMap::Uniform(4).value();
  const auto report =
      lab::RunLab({.shards = shards, .seconds_min = 1, .throttled_max = 0}, orders, strategies);
  if (!report.ok() || lab::ToText(*report).find("by-length") == std::string::npos) {
    std::cout << report.status() << "\n";
    return 1;
  }
  std::cout << report->input.records << " orders, max/mean by length "
            << report->strategies.back().by_records.max_over_mean << "\n";
}
