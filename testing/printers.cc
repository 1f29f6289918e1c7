#include "kinesis_core/testing/printers.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/time/time.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/testing/internal/short_text.h"

namespace kinesis::testing::printers_internal {

namespace {

using internal::WriteShortly;

constexpr size_t kMostElements = 32;  // as GoogleTest prints of a container

// Writes the elements of a range with `write`, separated, and of a long one how many there are.
template <class Range, class Write>
void WriteList(const Range& range, std::ostream& out, const Write& write) {
  out << '[';
  size_t written = 0;
  for (const auto& element : range) {
    if (written > 0) out << ", ";
    if (written == kMostElements) {
      out << "... (" << range.size() << " in all)";
      break;
    }
    write(element);
    ++written;
  }
  out << ']';
}

void WriteRecord(std::ostream& out, std::string_view data, std::optional<std::string_view> key,
                 const SequenceNumber& number) {
  WriteShortly(out, data);
  if (key.has_value()) {
    out << " of key ";
    WriteShortly(out, *key);
  }
  if (!number.is_valid()) return;
  out << ", record " << number.index() << " of shard " << number.shard_index();
}

// Writes values of the API, structures by their descriptions.
template <class T>
void WriteValue(const T& value, std::ostream& out) {
  if constexpr (std::is_same_v<T, bool>) {
    out << (value ? "true" : "false");
  } else if constexpr (std::is_arithmetic_v<T>) {
    out << value;
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    WriteShortly(out, value);
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    out << absl::FormatTime(value, absl::UTCTimeZone());
  } else if constexpr (std::is_same_v<T, api::ShardSubscription>) {
    out << "a subscription";
  } else if constexpr (std::is_same_v<T, api::ShardIterator> ||
                       std::is_same_v<T, api::RecordList>) {
    Print(value, As<T>(), &out);
  } else if constexpr (requires { value.is_text(); }) {
    value.is_text() ? WriteShortly(out, value.text()) : WriteValue(value.value(), out);
  } else if constexpr (requires { api::internal::WireText(value); }) {
    out << api::internal::WireText(value);
  } else if constexpr (api::internal::HasSchema<T>) {
    out << '{';
    const char* separator = "";
    api::internal::ForEachMember<T>([&](const auto& member) {
      const auto& held = member.Of(value);
      const auto write = [&](const auto& what) {
        out << separator << member.name << ": ";
        WriteValue(what, out);
        separator = ", ";
      };
      if constexpr (requires { held.has_value(); }) {
        if (held.has_value()) write(*held);
      } else {
        write(held);
      }
    });
    out << '}';
  } else if constexpr (requires { value.first; }) {
    WriteValue(value.first, out);
    out << ": ";
    WriteValue(value.second, out);
  } else {
    WriteList(value, out, [&](const auto& element) { WriteValue(element, out); });
  }
}

template <class Records>
void WriteRecords(const Records& records, std::ostream& out) {
  WriteList(records, out, [&](const auto& record) {
    WriteRecord(out, record.data, record.partition_key, record.sequence_number);
  });
}

}  // namespace

void PrintStructure(size_t place, const void* value, std::ostream* out) {
  constexpr auto kWriters = []<class... Types>(TypeList<Types...>) {
    using Writer = void (*)(const void*, std::ostream&);
    return std::to_array<Writer>({[](const void* structure, std::ostream& to) {
      WriteValue(*static_cast<const Types*>(structure), to);
    }...});
  }(Structures());
  kWriters[place](value, *out);
}

// --- The API -------------------------------------------------------------------------------------

void Print(const api::Error& value, As<api::Error>, std::ostream* out) {
  *out << value.name << ": " << value.message;
}

void Print(api::ErrorType value, As<api::ErrorType>, std::ostream* out) {
  *out << api::ErrorName(value);
}

void Print(const api::ProducerResult& value, As<api::ProducerResult>, std::ostream* out) {
  *out << "record " << value.number << " of the producer: ";
  if (value.status.ok()) {
    *out << value.shard_id << " at " << value.sequence_number << "/" << value.subsequence_number;
  } else {
    PrintStatus(value.status, out);
  }
}

void Print(const api::Record& value, As<api::Record>, std::ostream* out) {
  WriteRecord(*out, value.data, value.partition_key, value.sequence_number);
}

void Print(const api::RecordList& value, As<api::RecordList>, std::ostream* out) {
  WriteRecords(value, *out);
}

void Print(const api::ShardIterator& value, As<api::ShardIterator>, std::ostream* out) {
  WriteShortly(*out, value.ToString());
}

void Print(const api::UserRecord& value, As<api::UserRecord>, std::ostream* out) {
  WriteRecord(*out, value.data, value.partition_key, value.sequence_number);
}

// --- The engine ----------------------------------------------------------------------------------

void Print(const Checkpoint& value, As<Checkpoint>, std::ostream* out) {
  *out << "a checkpoint at " << value.position << " of epoch " << value.epoch;
}

void Print(const DeadLetter& value, As<DeadLetter>, std::ostream* out) {
  WriteRecord(*out, value.data, std::nullopt, value.sequence_number);
  *out << ", given up by ";
  WriteShortly(*out, value.group);
  *out << " after " << value.attempts << " attempts: " << value.cause;
}

void Print(const Delivery& value, As<Delivery>, std::ostream* out) {
  *out << "a delivery of " << value.shard_id() << ": ";
  WriteRecords(value.records(), *out);
}

void Print(const Engine& value, As<Engine>, std::ostream* out) {
  *out << "an engine with the streams ";
  WriteList(value.ListStreams(), *out, [&](const auto& name) { WriteShortly(*out, name); });
}

void Print(const FailedPut& value, As<FailedPut>, std::ostream* out) {
  *out << "record " << value.index << " of the batch: ";
  PrintStatus(value.status, out);
}

void Print(const Iterator& value, As<Iterator>, std::ostream* out) {
  *out << "an iterator of " << value.shard_id() << " at " << value.position();
}

void Print(const PutRange& value, As<PutRange>, std::ostream* out) {
  *out << value.count << " records of " << value.shard_id << " from "
       << value.first_sequence_number;
}

void Print(const PutResult& value, As<PutResult>, std::ostream* out) {
  *out << value.shard_id << " at " << value.sequence_number;
}

void Print(const ReadResult& value, As<ReadResult>, std::ostream* out) {
  if (value.ok()) {
    Print(*value, As<RecordBatch>(), out);
  } else {
    PrintStatus(value.status(), out);
  }
}

void Print(const Record& value, As<Record>, std::ostream* out) {
  WriteRecord(*out, value.data, value.partition_key, SequenceNumber());
}

void Print(const RecordBatch& value, As<RecordBatch>, std::ostream* out) {
  WriteRecords(value, *out);
  if (value.records_lost() > 0) *out << ", after " << value.records_lost() << " lost ones";
  if (!value.end_of_shard()) return;
  *out << ", the end of its shard, with the children ";
  WriteList(value.child_shards(), *out, [&](const ShardId& child) { *out << child; });
}

void Print(const RecordView& value, As<RecordView>, std::ostream* out) {
  WriteRecord(*out, value.data, value.partition_key, value.sequence_number);
}

void Print(const Shard& value, As<Shard>, std::ostream* out) {
  *out << (value.is_open() ? "the open " : "the closed ") << value.id();
}

void Print(const Stream& value, As<Stream>, std::ostream* out) {
  *out << "the stream ";
  WriteShortly(*out, value.name());
}

void PrintStatus(const absl::Status& status, std::ostream* out) {
  if (const std::optional<api::Error> error = api::ErrorOf(status)) {
    Print(*error, As<api::Error>(), out);
  } else {
    *out << status;
  }
}

}  // namespace kinesis::testing::printers_internal
