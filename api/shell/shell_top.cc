// ":top": what the shards take, give and hold, as of now.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/shell/shell_answer.h"
#include "kinesis_core/api/shell/shell_session.h"
#include "kinesis_core/api/shell/table_view.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/metrics.h"

namespace kinesis::testing {
namespace {

using api::internal::JsonWriter;

constexpr absl::Duration kIntervalDefault = absl::Seconds(2);

std::string Decimal(double value, int decimals = 1) {
  char text[400];  // the longest double has 309 digits before its point
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string Size(uint64_t bytes) {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  const auto size = static_cast<double>(bytes);
  return bytes < kMiB ? Decimal(size / 1024) + " KiB" : Decimal(size / kMiB) + " MiB";
}

// How fast counts grew; nothing if no time has passed.
class Rates {
 public:
  explicit Rates(absl::Duration time) : seconds_(absl::ToDoubleSeconds(time)) {}

  std::optional<double> Of(uint64_t now, uint64_t before) const {
    if (seconds_ <= 0) return std::nullopt;
    return static_cast<double>(now - before) / seconds_;
  }

 private:
  const double seconds_;
};

std::string Shown(std::optional<double> rate) { return rate ? Decimal(*rate) : "-"; }

void WriteRate(std::string_view name, std::optional<double> rate, JsonWriter& writer) {
  writer.Key(name).Raw(rate ? Decimal(*rate, 3) : "null");
}

}  // namespace

ShellReply ShellSession::Top(std::string_view argument) {
  absl::Duration interval = kIntervalDefault;
  if (!argument.empty() &&
      (!absl::ParseDuration(absl::string_view(argument.data(), argument.size()), &interval) ||
       interval < absl::Milliseconds(100) || interval > absl::Hours(1))) {
    return ShellError(":top takes a time such as '1s' or '500ms', 100ms to 1h.");
  }
  const EngineMetrics metrics = client_->engine().Metrics();
  const absl::Time now = Now();
  // Looks at one point in time have the same base.
  if (now != top_last_.time) top_base_ = std::exchange(top_last_, {now, {}});
  const absl::Duration time = now - top_base_.time;
  const Rates rates(time);
  TextTable table;
  for (const size_t column : {3, 4, 5, 6, 7, 8}) table.AlignRight(column);
  table.Add({"stream", "shard", "state", "records/s in", "KiB/s in", "records/s out", "KiB/s out",
             "lag", "held"});
  ShellReply reply = ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("Now").Seconds(now);
    WriteRate("Seconds", absl::ToDoubleSeconds(time), writer);
    writer.Key("MemoryHeldBytes").Number(static_cast<int64_t>(metrics.memory_held_bytes));
    writer.Key("MemoryBudgetBytes").Number(static_cast<int64_t>(metrics.memory_budget_bytes));
    writer.Key("Shards").BeginList();
    for (const StreamMetrics& stream : metrics.streams) {
      for (const ShardMetrics& shard : stream.shards) {
        const Counts after = {shard.incoming_records, shard.incoming_bytes, shard.outgoing_records,
                              shard.outgoing_bytes};
        const auto key = std::pair(stream.name, shard.shard_id);
        const Counts before = top_base_.counts[key];
        top_last_.counts[key] = after;
        const auto in_records = rates.Of(after.in_records, before.in_records);
        const auto in_bytes = rates.Of(after.in_bytes, before.in_bytes);
        const auto out_records = rates.Of(after.out_records, before.out_records);
        const auto out_bytes = rates.Of(after.out_bytes, before.out_bytes);
        const auto kib = [](std::optional<double> bytes) {
          return bytes ? std::optional(*bytes / 1024) : std::nullopt;
        };
        // A shard that nobody has read from has no lag, whatever is in it.
        const bool was_read = after.out_records > 0;
        writer.BeginObject();
        writer.Key("StreamName").Text(stream.name);
        writer.Key("ShardId").Text(shard.shard_id.ToString());
        writer.Key("Open").Boolean(shard.is_open);
        writer.Key("IncomingRecords").Number(static_cast<int64_t>(after.in_records));
        writer.Key("OutgoingRecords").Number(static_cast<int64_t>(after.out_records));
        WriteRate("IncomingRecordsPerSecond", in_records, writer);
        WriteRate("IncomingBytesPerSecond", in_bytes, writer);
        WriteRate("OutgoingRecordsPerSecond", out_records, writer);
        WriteRate("OutgoingBytesPerSecond", out_bytes, writer);
        writer.Key("IteratorAgeMilliseconds");
        if (was_read) {
          writer.Number(absl::ToInt64Milliseconds(shard.iterator_age));
        } else {
          writer.Raw("null");
        }
        writer.Key("MemoryHeldBytes").Number(static_cast<int64_t>(shard.memory_held_bytes));
        writer.EndObject();
        table.Add({stream.name, shard.shard_id.ToString(), shard.is_open ? "open" : "closed",
                   testing::Shown(in_records), testing::Shown(kib(in_bytes)),
                   testing::Shown(out_records), testing::Shown(kib(out_bytes)),
                   was_read ? absl::FormatDuration(shard.iterator_age) : "-",
                   Size(shard.memory_held_bytes)});
      }
    }
    writer.EndList();
    writer.EndObject();
  });
  reply.text = absl::FormatTime("%Y-%m-%d %H:%M:%E3S UTC", now, absl::UTCTimeZone()) +
               "   memory " + Size(metrics.memory_held_bytes) + " of " +
               Size(metrics.memory_budget_bytes) + "   rates over the last " +
               absl::FormatDuration(time) + "\n" + table.ToString();
  reply.repeat_after = interval;
  return reply;
}

}  // namespace kinesis::testing
