// Records by hand: ":put", ":read", ":tail".
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/record_text.h"
#include "kinesis_core/api/shell/shell_answer.h"
#include "kinesis_core/api/shell/shell_session.h"
#include "kinesis_core/api/shell/suggestion.h"
#include "kinesis_core/api/shell/table_view.h"
#include "kinesis_core/engine.h"

namespace kinesis::testing {
namespace {

using api::internal::JsonWriter;

constexpr uint64_t kReadDefault = 100;
constexpr uint64_t kReadMax = 10'000;
// What one answer has of records, in bytes of data and keys.
constexpr uint64_t kReadBytesMax = uint64_t{8} << 20;
constexpr size_t kKeyColumns = 30;
constexpr size_t kDataColumns = 60;

// The word in front of `text`, which is taken off with the blanks behind it. One in quotes is a
// string of JSON; nothing if it is not.
std::optional<std::string> TakeWord(std::string_view* text) {
  size_t end = std::min(text->find_first_of(" \t"), text->size());
  std::string word(text->substr(0, end));
  if (text->starts_with('"')) {
    for (end = 1; end < text->size() && (*text)[end] != '"'; ++end) {
      if ((*text)[end] == '\\') ++end;
    }
    end = std::min(end + 1, text->size());
    const JsonParse parse = ParseJson(text->substr(0, end));
    if (!parse.root) return std::nullopt;
    word = parse.root->text;
  }
  text->remove_prefix(end);
  text->remove_prefix(std::min(text->find_first_not_of(" \t"), text->size()));
  return word;
}

std::string TimeOfDay(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", time, absl::UTCTimeZone());
}

// The records of one answer: as JSON, and as rows of a table.
class RecordListing {
 public:
  void Add(ShardId shard, const RecordView& record) {
    std::string entry;
    JsonWriter writer(&entry);
    writer.BeginObject();
    if (!stream_.empty()) writer.Key("StreamName").Text(stream_);
    writer.Key("ShardId").Text(shard.ToString());
    writer.Key("SequenceNumber").Text(record.sequence_number.ToString());
    writer.Key("ApproximateArrivalTimestamp").Seconds(record.arrival_time);
    writer.Key("PartitionKey").Text(record.partition_key);
    writer.Key("Data").Blob(record.data);
    if (IsText(record.data)) writer.Key("Text").Text(record.data);
    writer.EndObject();
    entries_.push_back(std::move(entry));
    std::vector<std::string> row = {shard.ToString(), TimeOfDay(record.arrival_time),
                                    ShownBytes(record.partition_key, kKeyColumns),
                                    ShownBytes(record.data, kDataColumns)};
    if (!stream_.empty()) row.insert(row.begin(), stream_);
    table_.Add(std::move(row));
  }
  void AddHeader() { table_.Add({"shard", "arrived (UTC)", "key", "data"}); }
  // Those that are added from now on are of this stream, which is said of each.
  void set_stream(std::string stream) { stream_ = std::move(stream); }

  void WriteTo(JsonWriter& writer) const {
    writer.Key("Records").BeginList();
    for (const std::string& entry : entries_) writer.Raw(entry);
    writer.EndList();
  }
  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  std::string table() const { return table_.ToString(); }

 private:
  std::string stream_;
  std::vector<std::string> entries_;
  TextTable table_;
};

// What ":read" takes behind the stream's name.
struct ReadArguments {
  std::optional<ShardId> shard;
  uint64_t count = kReadDefault;
};

std::optional<ReadArguments> ParseReadArguments(std::string_view text) {
  ReadArguments arguments;
  while (!text.empty()) {
    const std::optional<std::string> word = TakeWord(&text);
    if (!word) return std::nullopt;
    if (word->starts_with("shardId-")) {
      const absl::StatusOr<ShardId> shard = ShardId::Parse(*word);
      if (!shard.ok()) return std::nullopt;
      arguments.shard = *shard;
      continue;
    }
    const char* const end = word->data() + word->size();
    const auto [parsed, error] = std::from_chars(word->data(), end, arguments.count);
    const bool in_range = arguments.count >= 1 && arguments.count <= kReadMax;
    if (error != std::errc() || parsed != end || !in_range) return std::nullopt;
  }
  return arguments;
}

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace

absl::StatusOr<Stream> ShellSession::FindStream(std::string_view name) const {
  absl::StatusOr<Stream> stream = client_->engine().OpenStream(name);
  if (stream.ok()) return stream;
  const std::vector<std::string> streams = Streams();
  std::string message = "There is no stream " + ("'" + ShownBytes(name, kDataColumns) + "'");
  message += DidYouMean(name, std::vector<std::string_view>(streams.begin(), streams.end()));
  if (!message.ends_with('?')) message += streams.empty() ? ", nor any other." : ".";
  return absl::NotFoundError(message);
}

ShellReply ShellSession::Put(std::string_view argument) {
  std::string_view rest = argument;
  const std::optional<std::string> stream = TakeWord(&rest);
  const std::optional<std::string> key = TakeWord(&rest);
  if (!stream || !key || stream->empty() || rest.empty()) {
    return ShellError(
        ":put takes STREAM KEY TEXT; a key or text that begins with a double quote is one string "
        "of JSON.");
  }
  std::string_view behind = rest;
  const std::optional<std::string> quoted = TakeWord(&behind);
  const bool is_quoted = rest.starts_with('"') && quoted && behind.empty();
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.Key("StreamName").Text(*stream);
  writer.Key("PartitionKey").Text(*key);
  writer.Key("Data").Blob(is_quoted ? std::string_view(*quoted) : rest);
  writer.EndObject();
  return Handle("PutRecord", json);
}

ShellReply ShellSession::ReadStream(std::string_view argument) {
  std::string_view rest = argument;
  const std::optional<std::string> name = TakeWord(&rest);
  const std::optional<ReadArguments> arguments = ParseReadArguments(rest);
  if (!name || name->empty() || !arguments) {
    return ShellError(":read takes STREAM, and then a shard's id and a number of records, 1 to " +
                      std::to_string(kReadMax) + ".");
  }
  const absl::StatusOr<Stream> stream = FindStream(*name);
  if (!stream.ok()) return ShellError(MessageOf(stream.status()));
  absl::StatusOr<StreamFollower> follower =
      arguments->shard ? StreamFollower::Create(*stream, *arguments->shard)
                       : StreamFollower::Create(*stream, StreamFollower::From::kOldest);
  if (!follower.ok()) return ShellError(MessageOf(follower.status()));
  RecordListing listing;
  listing.AddHeader();
  const auto progress =
      follower->Read(arguments->count, kReadBytesMax,
                     [&](ShardId shard, const RecordView& record) { listing.Add(shard, record); });
  if (!progress.ok()) return ShellError(MessageOf(progress.status()));
  last_body_.clear();
  JsonWriter body(&last_body_);
  body.BeginObject();
  listing.WriteTo(body);
  body.Key("More").Boolean(progress->more);
  body.EndObject();
  ShellReply reply = ShellAnswer([&](JsonWriter& writer) { writer.Raw(last_body_); });
  reply.text = listing.empty() ? "no records\n" : listing.table();
  if (progress->more) {
    reply.text +=
        "and more: ':read " + *name + " COUNT' shows up to " + std::to_string(kReadMax) + "\n";
  }
  return reply;
}

ShellReply ShellSession::Tail(std::string_view argument) {
  std::string_view rest = argument;
  const std::optional<std::string> name = TakeWord(&rest);
  if (!name || !(rest.empty() || rest == "off")) {
    return ShellError(":tail takes STREAM, STREAM off, or nothing.");
  }
  if (rest == "off") {
    if (tails_.erase(*name) == 0) return ShellError("':tail " + *name + "' does not follow it.");
  } else if (!name->empty() && !tails_.contains(*name)) {
    const absl::StatusOr<Stream> stream = FindStream(*name);
    if (!stream.ok()) return ShellError(MessageOf(stream.status()));
    auto follower = StreamFollower::Create(*stream, StreamFollower::From::kNow);
    if (!follower.ok()) return ShellError(MessageOf(follower.status()));
    tails_.emplace(*name, *std::move(follower));
  }
  // What came since the last time is of use to whoever has no TakeTailed(): behind a pipe.
  TailedRecords tailed = ReadTails();
  ShellReply reply = std::move(tailed.reply);
  std::string follows = tails_.empty() ? "follows no stream" : "follows";
  for (const auto& [stream, follower] : tails_) follows += " " + stream;
  reply.text.insert(0, follows + "\n");
  return reply;
}

ShellSession::TailedRecords ShellSession::ReadTails() {
  RecordListing listing;
  uint64_t lost = 0;
  std::string notes;
  for (auto tail = tails_.begin(); tail != tails_.end();) {
    auto& [stream, follower] = *tail;
    listing.set_stream(stream);
    const auto progress =
        follower.Read(kReadMax, kReadBytesMax,
                      [&](ShardId shard, const RecordView& record) { listing.Add(shard, record); });
    if (progress.ok()) {
      lost += progress->lost;
      if (progress->lost > 0) {
        notes += stream + ": " + std::to_string(progress->lost) + " records were gone unread\n";
      }
      ++tail;
    } else {
      notes += stream + ": followed no more: " + std::string(MessageOf(progress.status())) + "\n";
      tail = tails_.erase(tail);
    }
  }
  ShellReply reply = ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("Follows").BeginList();
    for (const auto& [stream, follower] : tails_) writer.Text(stream);
    writer.EndList();
    listing.WriteTo(writer);
    writer.Key("RecordsLost").Number(static_cast<int64_t>(lost));
    writer.EndObject();
  });
  reply.text = listing.table() + notes;
  return {std::move(reply), !listing.empty() || !notes.empty()};
}

std::optional<ShellReply> ShellSession::TakeTailed() {
  if (tails_.empty()) return std::nullopt;
  TailedRecords tailed = ReadTails();
  if (!tailed.any) return std::nullopt;
  return std::move(tailed.reply);
}

}  // namespace kinesis::testing
