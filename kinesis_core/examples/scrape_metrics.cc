// What a dashboard sees: the page that Prometheus scrapes, a lag that an alarm could be set on, and
// an observer that is told of what seldom happens. Serving the page is the program's own affair.
//
// Prints:
//   a reshard of orders: 1 shard closed, 2 opened
//   # HELP kinesis_stream_incoming_records_total Records that were put.
//   # TYPE kinesis_stream_incoming_records_total counter
//   kinesis_stream_incoming_records_total{stream="orders"} 30
//   billing is behind by 30 records
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/metric_export.h"
#include "kinesis_core/observer.h"

namespace {

class Journal final : public kinesis::Observer {
 public:
  void OnReshard(const kinesis::ReshardEvent& event) override {
    std::cout << "a reshard of " << event.stream << ": " << event.closed.size() << " shard closed, "
              << event.opened.size() << " opened\n";
  }
};

void PrintLagOf(const std::string& group, const kinesis::EngineMetrics& metrics) {
  const auto visit = [&group](const kinesis::Metric& metric) {
    if (metric.name != "kinesis_group_lag_records") return;
    for (const kinesis::MetricLabel& label : metric.labels) {
      if (label.name != "group" || label.value != group) continue;
      std::cout << group << " is behind by " << metric.value << " " << metric.unit << "\n";
    }
  };
  kinesis::ForEachMetric(metrics, kinesis::MetricDetail::kStream, visit);
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create({.observer = std::make_shared<Journal>()}).value();
  kinesis::Stream orders = engine->CreateStream("orders").value();
  kinesis::ConsumerGroup::Create(orders, "billing").value();
  for (int i = 0; i < 30; ++i) {
    orders.Put({.partition_key = std::to_string(i), .data = "an order"}).value();
    if (i == 10) orders.SplitShard(orders.ListShards().front().id()).value();
  }

  const kinesis::EngineMetrics metrics = engine->Metrics();
  std::istringstream page(kinesis::PrometheusText(metrics));
  for (std::string line; std::getline(page, line);) {
    if (line.find("stream_incoming_records") != line.npos) std::cout << line << "\n";
  }
  PrintLagOf("billing", metrics);
}
