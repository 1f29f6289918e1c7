// Streams, shards and iterators, in C.
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/api/c/internal/objects.h"
#include "kinesis_core/api/c/kinesis.h"
#include "kinesis_core/stream.h"

namespace kinesis::c {
namespace {

constexpr size_t kFirstStreamOptions = 48;
constexpr size_t kFirstReadResult = 48;

int ReadStreamOptions(const kinesis_stream_options& given, StreamOptions* options) {
  if (given.shard_count != 0) options->shard_count = given.shard_count;
  if (given.retention_ms != 0) options->retention = absl::Milliseconds(given.retention_ms);
  if (given.shard_capacity_bytes != 0) options->shard_capacity_bytes = given.shard_capacity_bytes;
  if (given.overflow != KINESIS_REJECT && given.overflow != KINESIS_TRIM_OLDEST) {
    return Fail(KINESIS_INVALID_ARGUMENT,
                "overflow is " + std::to_string(given.overflow) + ", which is no kinesis_overflow");
  }
  if (given.overflow == KINESIS_TRIM_OLDEST) options->overflow_policy = OverflowPolicy::kTrimOldest;
  options->keep_until_committed = given.keep_until_committed != 0;
  if (given.spread_evenly != 0) {
    options->record_distribution_strategy = RecordDistributionStrategy::kAuto;
  }
  return KINESIS_OK;
}

// Calls `make` with the engine and the name, and gives the stream that it returns a handle.
template <class Make>
int AddStream(kinesis_engine* engine, const char* name, size_t name_size, kinesis_stream** out,
              Make&& make) {
  return Guarded([&] {
    if (out == nullptr) return FailNull("out");
    const std::shared_ptr<EngineObject> object = Find<EngineObject>(engine);
    if (object == nullptr) return FailBadHandle(EngineObject::kKind);
    std::string_view text;
    if (const int code = ReadText("name", name, name_size, &text); code != 0) return code;
    absl::StatusOr<Stream> stream = make(*object->engine, text);
    if (!stream.ok()) return Fail(stream.status());
    return AddChild(object, std::make_shared<StreamObject>(*stream), out);
  });
}

int ReadRecord(const kinesis_record& given, Record* record) {
  std::string_view key;
  std::string_view data;
  int code = ReadText("kinesis_record.key", given.key, given.key_size, &key);
  if (code == 0) code = ReadText("kinesis_record.data", given.data, given.data_size, &data);
  if (code != 0) return code;
  *record = {.partition_key = key, .data = data};
  if (given.hash_key != nullptr) {
    const absl::StatusOr<HashKey> hash_key = HashKey::Parse(given.hash_key);
    if (!hash_key.ok()) return Fail(hash_key.status());
    record->explicit_hash_key = *hash_key;
  }
  return KINESIS_OK;
}

int AnswerPut(const absl::StatusOr<PutResult>& put, kinesis_sequence_number* out) {
  if (!put.ok()) return Fail(put.status());
  if (out != nullptr) *out = ToC(put->sequence_number);
  return KINESIS_OK;
}

int PutBatch(Stream& stream, const kinesis_record* given, size_t count,
             kinesis_put_result* results) {
  thread_local std::vector<Record> records;
  thread_local std::vector<absl::StatusOr<PutResult>> puts;
  records.resize(count);
  for (size_t i = 0; i < count; ++i) {
    if (const int code = ReadRecord(given[i], &records[i]); code != 0) return code;
  }
  stream.PutBatch(records, &puts);
  int first = KINESIS_OK;
  for (size_t i = 0; i < count; ++i) {
    const bool ok = puts[i].ok();
    if (!ok && first == KINESIS_OK) first = Fail(puts[i].status());
    if (results == nullptr) continue;
    results[i] = {static_cast<int32_t>(puts[i].status().code()), 0,
                  ok ? ToC(puts[i]->sequence_number) : kinesis_sequence_number{}};
  }
  return first;
}

// A number as it may come from anywhere.
int ReadNumber(const kinesis_sequence_number* given, SequenceNumber* number) {
  if (given == nullptr) return FailNull("number");
  if (given->index > SequenceNumber::kMaxIndex || given->shard > SequenceNumber::kMaxShardIndex ||
      given->shard_created_s > SequenceNumber::kMaxSeconds ||
      given->arrived_s > SequenceNumber::kMaxSeconds) {
    return Fail(KINESIS_INVALID_ARGUMENT, "number is no kinesis_sequence_number");
  }
  *number =
      SequenceNumber::Make(given->shard_created_s, given->shard, given->index, given->arrived_s);
  return KINESIS_OK;
}

int FailShard(uint32_t shard) {
  return Fail(KINESIS_NOT_FOUND, "there is no shard " + std::to_string(shard));
}

int ReadStart(int start, const kinesis_sequence_number* number, int64_t time_ms,
              IteratorStart* out) {
  SequenceNumber place;
  switch (start) {
    case KINESIS_TRIM_HORIZON:
      *out = IteratorStart::TrimHorizon();
      return KINESIS_OK;
    case KINESIS_LATEST:
      *out = IteratorStart::Latest();
      return KINESIS_OK;
    case KINESIS_AT_SEQUENCE_NUMBER:
    case KINESIS_AFTER_SEQUENCE_NUMBER:
      if (const int code = ReadNumber(number, &place); code != 0) return code;
      *out = start == KINESIS_AT_SEQUENCE_NUMBER ? IteratorStart::AtSequenceNumber(place)
                                                 : IteratorStart::AfterSequenceNumber(place);
      return KINESIS_OK;
    case KINESIS_AT_TIMESTAMP:
      *out = IteratorStart::AtTimestamp(absl::FromUnixMillis(time_ms));
      return KINESIS_OK;
    default:
      return Fail(KINESIS_INVALID_ARGUMENT,
                  "start is " + std::to_string(start) + ", which is no kinesis_start");
  }
}

void CopyText(const std::string& text, char (&out)[40]) {
  std::memset(out, 0, sizeof out);
  std::memcpy(out, text.data(), std::min(text.size(), sizeof out - 1));
}

kinesis_shard Describe(const Shard& shard) {
  kinesis_shard described = {};
  described.shard = shard.id().index();
  described.is_open = shard.is_open() ? 1 : 0;
  for (const ShardId parent : shard.parents()) {
    described.parents[described.parent_count++] = parent.index();
  }
  const HashKeyRange range = shard.hash_key_range();
  CopyText(range.start().ToString(), described.hash_key_first);
  CopyText(range.end().ToString(), described.hash_key_last);
  return described;
}

int Read(IteratorObject& object, kinesis_view* views, size_t capacity, kinesis_read_result* out) {
  if (const absl::Status status = object.iterator.ReadInto(object.batch, {.max_records = capacity});
      !status.ok()) {
    return Fail(status);
  }
  kinesis_read_result result = {};
  for (const RecordView& record : object.batch) views[result.count++] = ToC(record);
  result.records_lost = object.batch.records_lost();
  result.behind_ms = absl::ToInt64Milliseconds(object.batch.behind_latest());
  result.end_of_shard = object.batch.end_of_shard() ? 1 : 0;
  for (const ShardId child : object.batch.child_shards()) {
    result.children[result.child_count++] = child.index();
  }
  WriteResult(result, out);
  return KINESIS_OK;
}

}  // namespace
}  // namespace kinesis::c

using kinesis::ShardId;
using kinesis::c::EngineObject;
using kinesis::c::Fail;
using kinesis::c::FailNull;
using kinesis::c::IteratorObject;
using kinesis::c::StreamObject;
using kinesis::c::ToCode;
using kinesis::c::With;
using kinesis::c::WithAlone;

int kinesis_stream_create(kinesis_engine* engine, const char* name, size_t name_size,
                          const kinesis_stream_options* options, kinesis_stream** out) {
  kinesis::StreamOptions stream_options;
  const int checked = kinesis::c::Guarded([&] {
    kinesis_stream_options given;
    const int code = kinesis::c::ReadOptions("kinesis_stream_options", options,
                                             kinesis::c::kFirstStreamOptions, &given);
    return code != 0 ? code : kinesis::c::ReadStreamOptions(given, &stream_options);
  });
  if (checked != 0) return checked;
  return kinesis::c::AddStream(engine, name, name_size, out,
                               [&](kinesis::Engine& in, std::string_view text) {
                                 return in.CreateStream(text, stream_options);
                               });
}

int kinesis_stream_open(kinesis_engine* engine, const char* name, size_t name_size,
                        kinesis_stream** out) {
  return kinesis::c::AddStream(
      engine, name, name_size, out,
      [](kinesis::Engine& in, std::string_view text) { return in.OpenStream(text); });
}

int kinesis_stream_finish(kinesis_stream* stream) {
  return With<StreamObject>(stream,
                            [](StreamObject& object) { return ToCode(object.stream.Close()); });
}

int kinesis_stream_delete(kinesis_engine* engine, const char* name, size_t name_size) {
  return With<EngineObject>(engine, [&](EngineObject& object) {
    std::string_view text;
    const int code = kinesis::c::ReadText("name", name, name_size, &text);
    return code != 0 ? code : ToCode(object.engine->DeleteStream(text));
  });
}

int kinesis_stream_close(kinesis_stream* stream) {
  return kinesis::c::CloseChild<StreamObject>(stream);
}

int kinesis_put(kinesis_stream* stream, const void* key, size_t key_size, const void* data,
                size_t data_size, kinesis_sequence_number* out) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    std::string_view key_text;
    std::string_view data_text;
    int code = kinesis::c::ReadText("key", key, key_size, &key_text);
    if (code == 0) code = kinesis::c::ReadText("data", data, data_size, &data_text);
    if (code != 0) return code;
    return kinesis::c::AnswerPut(object.stream.Put({.partition_key = key_text, .data = data_text}),
                                 out);
  });
}

int kinesis_put_wait(kinesis_stream* stream, const kinesis_record* record, int64_t wait_ms,
                     kinesis_sequence_number* out) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    if (record == nullptr) return FailNull("record");
    kinesis::Record given;
    if (const int code = kinesis::c::ReadRecord(*record, &given); code != 0) return code;
    const absl::Time deadline = kinesis::c::Deadline(object.engine->clock(), wait_ms);
    return kinesis::c::AnswerPut(object.stream.Put(given, deadline), out);
  });
}

int kinesis_put_batch(kinesis_stream* stream, const kinesis_record* records, size_t count,
                      kinesis_put_result* results) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    if (records == nullptr && count != 0) return FailNull("records");
    return kinesis::c::PutBatch(object.stream, records, count, results);
  });
}

int kinesis_sequence_number_text(const kinesis_sequence_number* number, char text[57]) {
  return kinesis::c::Guarded([&] {
    kinesis::SequenceNumber value;
    if (text == nullptr) return FailNull("text");
    if (const int code = kinesis::c::ReadNumber(number, &value); code != 0) return code;
    const std::string decimal = value.ToString();
    std::memcpy(text, decimal.c_str(), std::min<size_t>(decimal.size() + 1, 57));
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_sequence_number_parse(const char* text, size_t text_size,
                                  kinesis_sequence_number* out) {
  return kinesis::c::Guarded([&] {
    std::string_view decimal;
    if (out == nullptr) return FailNull("out");
    if (const int code = kinesis::c::ReadText("text", text, text_size, &decimal); code != 0) {
      return code;
    }
    const auto number = kinesis::SequenceNumber::Parse(decimal);
    if (!number.ok()) return Fail(number.status());
    *out = kinesis::c::ToC(*number);
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_stream_shards(kinesis_stream* stream, kinesis_shard* shards, size_t capacity,
                          size_t* count) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    if (count == nullptr) return FailNull("count");
    if (shards == nullptr && capacity != 0) return FailNull("shards");
    const std::vector<kinesis::Shard> all = object.stream.ListShards();
    for (size_t i = 0; i < std::min(capacity, all.size()); ++i) {
      shards[i] = kinesis::c::Describe(all[i]);
    }
    *count = all.size();
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_shard_split(kinesis_stream* stream, uint32_t shard, const char* new_start,
                        uint32_t children[2]) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    if (children == nullptr) return FailNull("children");
    if (shard > ShardId::kMaxIndex) return kinesis::c::FailShard(shard);
    absl::StatusOr<std::vector<ShardId>> split;
    if (new_start == nullptr) {
      split = object.stream.SplitShard(ShardId(shard));
    } else {
      const absl::StatusOr<kinesis::HashKey> key = kinesis::HashKey::Parse(new_start);
      if (!key.ok()) return Fail(key.status());
      split = object.stream.SplitShard(ShardId(shard), *key);
    }
    if (!split.ok()) return Fail(split.status());
    children[0] = split->at(0).index();
    children[1] = split->at(1).index();
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_shard_merge(kinesis_stream* stream, uint32_t one, uint32_t other, uint32_t* child) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    if (child == nullptr) return FailNull("child");
    for (const uint32_t shard : {one, other}) {
      if (shard > ShardId::kMaxIndex) return kinesis::c::FailShard(shard);
    }
    const auto merged = object.stream.MergeShards(ShardId(one), ShardId(other));
    if (!merged.ok()) return Fail(merged.status());
    *child = merged->index();
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_iterator_open(kinesis_stream* stream, uint32_t shard, int start,
                          const kinesis_sequence_number* number, int64_t time_ms,
                          kinesis_iterator** out) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    if (out == nullptr) return FailNull("out");
    if (shard > ShardId::kMaxIndex) return kinesis::c::FailShard(shard);
    kinesis::IteratorStart from = kinesis::IteratorStart::TrimHorizon();
    if (const int code = kinesis::c::ReadStart(start, number, time_ms, &from); code != 0) {
      return code;
    }
    const absl::StatusOr<kinesis::Shard> found = object.stream.FindShard(ShardId(shard));
    if (!found.ok()) return Fail(found.status());
    absl::StatusOr<kinesis::Iterator> iterator = found->CreateIterator(from);
    if (!iterator.ok()) return Fail(iterator.status());
    return kinesis::c::AddChild(object.engine, std::make_shared<IteratorObject>(*iterator), out);
  });
}

int kinesis_iterator_close(kinesis_iterator* iterator) {
  return kinesis::c::CloseChild<IteratorObject>(iterator);
}

int kinesis_iterator_read(kinesis_iterator* iterator, kinesis_view* views, size_t capacity,
                          kinesis_read_result* result) {
  return WithAlone<IteratorObject>(iterator, [&](IteratorObject& object) {
    if (views == nullptr) return FailNull("views");
    const int code =
        kinesis::c::CheckResult("kinesis_read_result", result, kinesis::c::kFirstReadResult);
    return code != 0 ? code : kinesis::c::Read(object, views, capacity, result);
  });
}

int kinesis_iterator_wait(kinesis_iterator* iterator, int64_t wait_ms) {
  return WithAlone<IteratorObject>(iterator, [&](IteratorObject& object) {
    object.batch.Clear();
    return ToCode(object.iterator.Wait(kinesis::c::Deadline(object.engine->clock(), wait_ms)));
  });
}
