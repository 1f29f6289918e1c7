// The numbers of Engine::Metrics as series of samples, for a dashboard: one by one, or as the text
// that Prometheus reads.
//
//   kinesis::ForEachMetric(engine->Metrics(), kinesis::MetricDetail::kStream,
//                          [](const kinesis::Metric& metric) { Send(metric.name, metric.value); });
//   const std::string page = kinesis::PrometheusText(engine->Metrics());
//
// Names do not change within a major version; new ones come. What a counter means over time: it
// never goes back while its stream (or group) exists. It goes on when a shard is split, merged or
// closed, and counts what closed shards counted also when they have expired. It ends with the
// stream, and that of a new stream of the same name begins at 0, which Prometheus's rate and
// increase take for what it is.
#ifndef KINESIS_CORE_METRIC_EXPORT_H_
#define KINESIS_CORE_METRIC_EXPORT_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "kinesis_core/export.h"
#include "kinesis_core/metrics.h"

namespace kinesis {

enum class MetricKind {
  kCounter,  // only grows
  kGauge,    // goes up and down
};

struct MetricLabel {
  std::string_view name;   // "stream", "shard" or "group"
  std::string_view value;  // as the engine has it: any bytes, for the name of a stream or group
};

// One sample. What it refers to is valid during the visit, `name`, `help` and `unit` for ever.
struct Metric {
  std::string_view name;  // such as "kinesis_stream_incoming_records", letters and underscores
  std::string_view help;  // one sentence
  std::string_view unit;  // "bytes", "seconds", "records", or empty: a number of what is named
  MetricKind kind = MetricKind::kGauge;
  std::span<const MetricLabel> labels;
  double value = 0;  // exact up to 2^53
};

// How many series there are.
enum class MetricDetail {
  // Those of the engine, and some twenty for each stream and group, whatever the number of shards.
  kStream,
  // Those as well, and ten for each shard and one for each shard of a group: a stream of 10,000
  // shards has 100,000 series, more than most dashboards are made for.
  kShard,
};

// Calls `visit` with each sample: all of one name in a row, then those of the next, each
// combination of name and labels once. On the calling thread, without a lock. O(samples + shards).
KINESIS_CORE_EXPORT void ForEachMetric(const EngineMetrics& metrics, MetricDetail detail,
                                       const std::function<void(const Metric&)>& visit);

// The same in Prometheus's text format, version 0.0.4, to be served as
// "text/plain; version=0.0.4; charset=utf-8": HELP and TYPE lines, `_total` behind the names of
// counters, no timestamps. A name of a stream or group may hold any bytes, and the format takes
// UTF-8: one that is UTF-8 is the value of its label, with backslashes, quotes and line feeds
// escaped as the format says. In another, U+FFFD stands for what is none, and a second label,
// `stream_hex` or `group_hex`, has the bytes: so names that differ have labels that do.
KINESIS_CORE_EXPORT std::string PrometheusText(const EngineMetrics& metrics,
                                               MetricDetail detail = MetricDetail::kStream);

}  // namespace kinesis

#endif  // KINESIS_CORE_METRIC_EXPORT_H_
