#include "kinesis_core/api/c/internal/objects.h"

#include <array>
#include <limits>

namespace kinesis::c {
namespace {

// No struct of any version is longer: a larger size is memory that was not set.
constexpr size_t kSizeMax = 4096;

constexpr std::array kKindNames = {
    "handle",           "kinesis_engine", "kinesis_client", "kinesis_events",   "kinesis_stream",
    "kinesis_iterator", "kinesis_group",  "kinesis_member", "kinesis_delivery",
};

std::string& Message() {
  thread_local std::string message;
  return message;
}

std::string NameOf(HandleKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

}  // namespace

int Fail(int code, std::string message) {
  Message() = std::move(message);
  return code;
}

int Fail(const absl::Status& status) {
  const absl::string_view message = status.message();
  return Fail(static_cast<int>(status.code()), std::string(message.data(), message.size()));
}

int FailNull(const char* argument) {
  return Fail(KINESIS_INVALID_ARGUMENT, std::string(argument) + " is NULL");
}

// Never destroyed: other threads may still call while the program ends.
HandleTable& Handles() {
  static HandleTable& table = *new HandleTable;
  return table;
}

int FailBadHandle(HandleKind kind) {
  return Fail(KINESIS_BAD_HANDLE, "it is no " + NameOf(kind) + ", or was closed");
}

int FailBusy(HandleKind kind) {
  return Fail(KINESIS_BUSY, "another thread uses this " + NameOf(kind) + " at the moment");
}

absl::Time Deadline(const Clock& clock, int64_t wait_ms) {
  return wait_ms < 0 ? absl::InfiniteFuture() : clock.Now() + absl::Milliseconds(wait_ms);
}

int ReadText(const char* argument, const void* text, size_t size, std::string_view* out) {
  if (text == nullptr && size != 0) return FailNull(argument);
  *out = {static_cast<const char*>(text), size};
  return KINESIS_OK;
}

int CheckResult(const char* name, const void* given, size_t first_size) {
  if (given == nullptr) return FailNull(name);
  size_t size;
  std::memcpy(&size, given, sizeof size);
  if (size >= first_size && size <= kSizeMax) return KINESIS_OK;
  return Fail(KINESIS_INVALID_ARGUMENT, std::string(name) + ".size is " + std::to_string(size) +
                                            ": set it to the sizeof of the struct, which is " +
                                            std::to_string(first_size) + " or more");
}

int CheckSize(const char* name, const void* given, size_t first_size, size_t known_size) {
  if (const int code = CheckResult(name, given, first_size); code != 0) return code;
  size_t size;
  std::memcpy(&size, given, sizeof size);
  const char* const bytes = static_cast<const char*>(given);
  for (size_t at = known_size; at < size; ++at) {
    if (bytes[at] != 0) {
      return Fail(KINESIS_INVALID_ARGUMENT,
                  std::string(name) +
                      " has a field set that this version of the library does not "
                      "know: byte " +
                      std::to_string(at));
    }
  }
  return KINESIS_OK;
}

kinesis_sequence_number ToC(const SequenceNumber& number) {
  return {number.index(), number.shard_created_seconds(), number.time_seconds(),
          number.shard_index(), 0};
}

kinesis_view ToC(const RecordView& record) {
  return {record.partition_key.data(),
          record.data.data(),
          static_cast<uint32_t>(record.partition_key.size()),
          static_cast<uint32_t>(record.data.size()),
          absl::ToUnixMillis(record.arrival_time),
          ToC(record.sequence_number)};
}

}  // namespace kinesis::c

uint32_t kinesis_version(void) { return KINESIS_VERSION; }

const char* kinesis_message(void) { return kinesis::c::Message().c_str(); }

const char* kinesis_code_name(int code) {
  switch (code) {
    case KINESIS_OK:
      return "KINESIS_OK";
    case KINESIS_CANCELLED:
      return "KINESIS_CANCELLED";
    case KINESIS_UNKNOWN:
      return "KINESIS_UNKNOWN";
    case KINESIS_INVALID_ARGUMENT:
      return "KINESIS_INVALID_ARGUMENT";
    case KINESIS_DEADLINE_EXCEEDED:
      return "KINESIS_DEADLINE_EXCEEDED";
    case KINESIS_NOT_FOUND:
      return "KINESIS_NOT_FOUND";
    case KINESIS_ALREADY_EXISTS:
      return "KINESIS_ALREADY_EXISTS";
    case KINESIS_RESOURCE_EXHAUSTED:
      return "KINESIS_RESOURCE_EXHAUSTED";
    case KINESIS_FAILED_PRECONDITION:
      return "KINESIS_FAILED_PRECONDITION";
    case KINESIS_ABORTED:
      return "KINESIS_ABORTED";
    case KINESIS_OUT_OF_RANGE:
      return "KINESIS_OUT_OF_RANGE";
    case KINESIS_INTERNAL:
      return "KINESIS_INTERNAL";
    case KINESIS_BAD_HANDLE:
      return "KINESIS_BAD_HANDLE";
    case KINESIS_BUSY:
      return "KINESIS_BUSY";
    case KINESIS_END:
      return "KINESIS_END";
    default:
      return "";
  }
}
