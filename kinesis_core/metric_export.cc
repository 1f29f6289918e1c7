#include "kinesis_core/metric_export.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/internal/utf8.h"

namespace kinesis {
namespace {

constexpr MetricKind kCounter = MetricKind::kCounter;
constexpr MetricKind kGauge = MetricKind::kGauge;

double Of(uint64_t count) { return static_cast<double>(count); }

// A name with what it is taken from.
template <class Source>
struct Family {
  std::string_view name;
  std::string_view help;
  std::string_view unit;
  MetricKind kind;
  double (*value)(const Source&);
};

constexpr Family<EngineMetrics> kOfEngine[] = {
    {"kinesis_memory_budget_bytes", "The most record memory that the engine takes.", "bytes",
     kGauge, [](const EngineMetrics& m) { return Of(m.memory_budget_bytes); }},
    {"kinesis_memory_held_bytes", "Record memory taken from the system.", "bytes", kGauge,
     [](const EngineMetrics& m) { return Of(m.memory_held_bytes); }},
    {"kinesis_memory_cached_bytes", "Record memory that waits for reuse.", "bytes", kGauge,
     [](const EngineMetrics& m) { return Of(m.memory_cached_bytes); }},
    {"kinesis_memory_pinned_bytes", "Record memory that batches keep.", "bytes", kGauge,
     [](const EngineMetrics& m) { return Of(m.memory_pinned_bytes); }},
    {"kinesis_disk_budget_bytes", "The most disk space that the engine takes for records.", "bytes",
     kGauge, [](const EngineMetrics& m) { return Of(m.disk_budget_bytes); }},
    {"kinesis_disk_held_bytes", "Disk space that is taken for records.", "bytes", kGauge,
     [](const EngineMetrics& m) { return Of(m.disk_held_bytes); }},
    {"kinesis_disk_cached_bytes", "Disk space for records that waits for reuse.", "bytes", kGauge,
     [](const EngineMetrics& m) { return Of(m.disk_cached_bytes); }},
    {"kinesis_disk_pinned_bytes", "Disk space of records that batches keep.", "bytes", kGauge,
     [](const EngineMetrics& m) { return Of(m.disk_pinned_bytes); }},
    {"kinesis_memory_bookkeeping_bytes", "Memory beside that of records.", "bytes", kGauge,
     [](const EngineMetrics& m) { return Of(m.bookkeeping_bytes); }},
    {"kinesis_oldest_pin_age_seconds",
     "The longest time for which record memory has been pinned without a break.", "seconds", kGauge,
     [](const EngineMetrics& m) { return absl::ToDoubleSeconds(m.oldest_pin_age); }},
    {"kinesis_waiting_puts", "Puts that sleep until there is room.", "", kGauge,
     [](const EngineMetrics& m) { return Of(m.waiting_puts); }},
    {"kinesis_streams", "Streams that exist.", "", kGauge,
     [](const EngineMetrics& m) { return Of(m.streams.size()); }},
};

constexpr Family<StreamMetrics> kOfStream[] = {
    {"kinesis_stream_shards", "Shards that are listed, open ones and closed ones.", "", kGauge,
     [](const StreamMetrics& m) { return Of(m.shards.size()); }},
    {"kinesis_stream_open_shards", "Shards that take records.", "", kGauge,
     [](const StreamMetrics& m) {
       return static_cast<double>(std::count_if(m.shards.begin(), m.shards.end(),
                                                [](const auto& s) { return s.is_open; }));
     }},
    {"kinesis_stream_groups", "Consumer groups.", "", kGauge,
     [](const StreamMetrics& m) { return Of(m.groups.size()); }},
};

// Behind "kinesis_stream_" and "kinesis_shard_".
struct ShardFamily {
  Family<ShardMetrics> of_stream;
  Family<ShardMetrics> of_shard;
};
#define KC_SHARD_FAMILY(name, help, unit, kind, value)                                          \
  ShardFamily {                                                                                 \
    {"kinesis_stream_" name, help, unit, kind, [](const ShardMetrics& m) { return value; }},    \
        {"kinesis_shard_" name, help, unit, kind, [](const ShardMetrics& m) { return value; }}, \
  }
constexpr ShardFamily kOfShard[] = {
    KC_SHARD_FAMILY("incoming_records", "Records that were put.", "records", kCounter,
                    Of(m.incoming_records)),
    KC_SHARD_FAMILY("incoming_bytes", "Data and partition keys that were put.", "bytes", kCounter,
                    Of(m.incoming_bytes)),
    KC_SHARD_FAMILY("outgoing_records", "Records that were read, once for each reader.", "records",
                    kCounter, Of(m.outgoing_records)),
    KC_SHARD_FAMILY("outgoing_bytes", "Data and partition keys that were read.", "bytes", kCounter,
                    Of(m.outgoing_bytes)),
    KC_SHARD_FAMILY("rejected_writes", "Puts that were refused for want of room.", "", kCounter,
                    Of(m.rejected_writes)),
    KC_SHARD_FAMILY("rejected_reads", "Reads that returned an error.", "", kCounter,
                    Of(m.rejected_reads)),
    KC_SHARD_FAMILY("iterator_age_seconds", "The age of the record that was read last.", "seconds",
                    kGauge, absl::ToDoubleSeconds(m.iterator_age)),
    KC_SHARD_FAMILY("memory_held_bytes", "Record memory held.", "bytes", kGauge,
                    Of(m.memory_held_bytes)),
    KC_SHARD_FAMILY("waiters", "Threads, wait sets, group members and coroutines that wait.", "",
                    kGauge, Of(m.waiters)),
};
#undef KC_SHARD_FAMILY

double SumOfLags(const GroupMetrics& group) {
  uint64_t sum = 0;
  for (const GroupShardMetrics& shard : group.shards) sum += shard.lag_records;
  return Of(sum);
}

constexpr Family<GroupMetrics> kOfGroup[] = {
    {"kinesis_group_members", "Members of the group.", "", kGauge,
     [](const GroupMetrics& m) { return Of(m.members.size()); }},
    {"kinesis_group_lag_records", "Records that the group has not committed.", "records", kGauge,
     SumOfLags},
    {"kinesis_group_unfinished_shards", "Shards that the group has not finished.", "", kGauge,
     [](const GroupMetrics& m) { return Of(m.shards.size()); }},
    {"kinesis_group_dead_letters", "Records that the group has given up.", "records", kCounter,
     [](const GroupMetrics& m) { return Of(m.dead_letters); }},
};

constexpr Family<GroupShardMetrics> kOfGroupShard[] = {
    {"kinesis_group_shard_lag_records", "Records of the shard that the group has not committed.",
     "records", kGauge, [](const GroupShardMetrics& m) { return Of(m.lag_records); }},
};

class Visitor {
 public:
  explicit Visitor(const std::function<void(const Metric&)>& visit) : visit_(visit) {}

  template <class Source>
  void Visit(const Family<Source>& family, const Source& source,
             std::span<const MetricLabel> labels) {
    visit_({family.name, family.help, family.unit, family.kind, labels, family.value(source)});
  }

 private:
  const std::function<void(const Metric&)>& visit_;
};

// --- Prometheus's text

// Appends the value of a label. False if it is not UTF-8.
bool AppendEscaped(std::string_view value, std::string* text) {
  bool is_utf8 = true;
  while (!value.empty()) {
    const size_t length = internal::Utf8CharacterSize(value);
    switch (value.front()) {
      case '\\':
        *text += "\\\\";
        break;
      case '"':
        *text += "\\\"";
        break;
      case '\n':
        *text += "\\n";
        break;
      default:
        if (length == 0) {
          *text += "\uFFFD";
          is_utf8 = false;
        } else {
          *text += value.substr(0, length);
        }
    }
    value.remove_prefix(std::max<size_t>(length, 1));
  }
  return is_utf8;
}

void AppendLabels(std::span<const MetricLabel> labels, std::string* text) {
  if (labels.empty()) return;
  char separator = '{';
  for (const MetricLabel& label : labels) {
    *text += separator;
    *text += label.name;
    *text += "=\"";
    if (!AppendEscaped(label.value, text)) {
      *text += "\",";
      *text += label.name;
      *text += "_hex=\"";
      for (const char c : label.value) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        *text += kDigits[static_cast<unsigned char>(c) >> 4];
        *text += kDigits[static_cast<unsigned char>(c) & 15];
      }
    }
    *text += '"';
    separator = ',';
  }
  *text += '}';
}

void AppendNumber(double value, std::string* text) {
  std::array<char, 400> digits;  // of any finite number
  const std::to_chars_result end =
      std::to_chars(digits.begin(), digits.end(), value, std::chars_format::fixed);
  text->append(digits.begin(), end.ptr);
}

}  // namespace

void ForEachMetric(const EngineMetrics& metrics, MetricDetail detail,
                   const std::function<void(const Metric&)>& visit) {
  Visitor visitor(visit);
  for (const auto& family : kOfEngine) visitor.Visit(family, metrics, {});
  const auto visit_streams = [&](const auto& family, auto of) {
    for (const StreamMetrics& stream : metrics.streams) {
      const MetricLabel labels[] = {{"stream", stream.name}};
      visitor.Visit(family, of(stream), labels);
    }
  };
  for (const auto& family : kOfStream) {
    visit_streams(
        family, [](const StreamMetrics& stream) -> const auto& { return stream; });
  }
  for (const ShardFamily& family : kOfShard) {
    visit_streams(
        family.of_stream, [](const StreamMetrics& stream) -> const auto& { return stream.total; });
  }
  for (const auto& family : kOfGroup) {
    for (const StreamMetrics& stream : metrics.streams) {
      for (const GroupMetrics& group : stream.groups) {
        const MetricLabel labels[] = {{"stream", stream.name}, {"group", group.name}};
        visitor.Visit(family, group, labels);
      }
    }
  }
  if (detail == MetricDetail::kStream) return;
  for (const ShardFamily& family : kOfShard) {
    for (const StreamMetrics& stream : metrics.streams) {
      for (const ShardMetrics& shard : stream.shards) {
        const std::string id = shard.shard_id.ToString();
        const MetricLabel labels[] = {{"stream", stream.name}, {"shard", id}};
        visitor.Visit(family.of_shard, shard, labels);
      }
    }
  }
  for (const auto& family : kOfGroupShard) {
    for (const StreamMetrics& stream : metrics.streams) {
      for (const GroupMetrics& group : stream.groups) {
        for (const GroupShardMetrics& shard : group.shards) {
          const std::string id = shard.shard_id.ToString();
          const MetricLabel labels[] = {
              {"stream", stream.name}, {"group", group.name}, {"shard", id}};
          visitor.Visit(family, shard, labels);
        }
      }
    }
  }
}

std::string PrometheusText(const EngineMetrics& metrics, MetricDetail detail) {
  std::string text;
  std::string name;            // of the family, as the text has it
  std::string_view last_name;  // the same, as the visitor has it
  ForEachMetric(metrics, detail, [&](const Metric& metric) {
    if (metric.name != last_name) {
      last_name = metric.name;
      const bool is_counter = metric.kind == MetricKind::kCounter;
      name = metric.name;
      if (is_counter) name += "_total";
      // No help has a backslash or line feed, which would have to be escaped.
      text += "# HELP " + name + ' ';
      text += metric.help;
      text += "\n# TYPE " + name + (is_counter ? " counter\n" : " gauge\n");
    }
    text += name;
    AppendLabels(metric.labels, &text);
    text += ' ';
    AppendNumber(metric.value, &text);
    text += '\n';
  });
  return text;
}

}  // namespace kinesis
