#include "kinesis_core/testing/internal/client_state.h"

#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/engine.h"

namespace kinesis::api::testing {
namespace {

// Writes values of the API as text, structures by their descriptions.
class Writer {
 public:
  template <class T>
  void Write(const T& value) {
    if constexpr (requires { internal::WireText(value); }) {
      text_ += internal::WireText(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      text_ += std::to_string(value);
    } else if constexpr (std::is_same_v<T, absl::Time>) {
      text_ += std::to_string(absl::ToUnixMillis(value));
    } else if constexpr (internal::HasSchema<T>) {
      WriteStructure(value);
    } else if constexpr (requires { value.has_value(); }) {
      if (value.has_value()) Write(*value);
    } else {
      for (const auto& element : value) {
        Write(element);
        text_ += "; ";
      }
    }
  }

  // The response, or the error.
  template <class T>
  void WriteLine(std::string_view what, const absl::StatusOr<T>& result) {
    text_.append(what).append(": ");
    if (result.ok()) {
      Write(*result);
    } else {
      text_ += result.status().ToString();
    }
    text_ += "\n";
  }

  std::string Take() { return std::move(text_); }

 private:
  template <class T>
  void WriteStructure(const T& structure) {
    text_ += "{";
    internal::ForEachMember<T>([&](const auto& member) {
      text_.append(member.name).append("=");
      Write(member.Of(structure));
      text_ += " ";
    });
    text_ += "}";
  }

  std::string text_;
};

void WriteRecords(Client& client, const std::string& name, const ShardId& shard, Writer* writer) {
  const auto iterator =
      client.GetShardIterator({.stream_name = name,
                               .shard_id = shard,
                               .shard_iterator_type = ShardIteratorType::kTrimHorizon});
  if (!iterator.ok()) return;  // the descriptions say why
  std::optional<ShardIterator> next = iterator->shard_iterator;
  while (next) {
    const auto page = client.GetRecords({.shard_iterator = next});
    if (!page.ok()) {
      writer->WriteLine("records", absl::StatusOr<RecordList>(page.status()));
      return;
    }
    writer->Write(page->records);
    if (page->records.empty()) return;
    next = page->next_shard_iterator;
  }
}

void WriteStream(Client& client, const StreamSummary& stream, Writer* writer) {
  const std::string& name = stream.stream_name;
  const std::string& arn = stream.stream_arn;
  writer->WriteLine("stream", client.DescribeStream({.stream_name = name}));
  writer->WriteLine("summary", client.DescribeStreamSummary({.stream_name = name}));
  writer->WriteLine("tags", client.ListTagsForResource({.resource_arn = arn}));
  writer->WriteLine("policy", client.GetResourcePolicy({.resource_arn = arn}));
  writer->WriteLine("consumers", client.ListStreamConsumers({.stream_arn = arn}));
  const auto shards = client.ListShards({.stream_name = name});
  writer->WriteLine("shards", shards);
  if (!shards.ok()) return;
  for (const Shard& shard : shards->shards) WriteRecords(client, name, shard.shard_id, writer);
}

void WriteChannels(Client& client, Writer* writer) {
  const auto channels = client.ListChannels({});
  writer->WriteLine("channels", channels);
  if (!channels.ok()) return;
  for (const ChannelSummary& channel : channels->channel_summaries) {
    const std::string& arn = channel.channel_arn;
    writer->WriteLine("channel", client.DescribeChannel({.channel_arn = arn}));
    writer->WriteLine("tags", client.ListTagsForResource({.resource_arn = arn}));
  }
}

// Writes the counts of the engine itself, without those of reads: reading is no change.
void WriteEngine(const Engine& engine, Writer* writer) {
  for (const StreamMetrics& stream : engine.Metrics().streams) {
    writer->Write(stream.name);
    for (const ShardMetrics& shard : stream.shards) {
      writer->Write(std::vector<uint64_t>{shard.shard_id.index(), shard.incoming_records,
                                          shard.incoming_bytes, shard.rejected_writes});
    }
  }
}

}  // namespace

std::string StateOf(Client& client) {
  Writer engine;
  WriteEngine(client.engine(), &engine);
  return ShownStateOf(client) + engine.Take();
}

std::string ShownStateOf(Client& client) {
  Writer writer;
  writer.WriteLine("limits", client.DescribeLimits({}));
  writer.WriteLine("settings", client.DescribeAccountSettings({}));
  const auto streams = client.ListStreams({});
  writer.WriteLine("streams", streams);
  if (streams.ok()) {
    for (const StreamSummary& stream : streams->stream_summaries) {
      WriteStream(client, stream, &writer);
    }
  }
  WriteChannels(client, &writer);
  return writer.Take();
}

}  // namespace kinesis::api::testing
