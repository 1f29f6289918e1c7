#include "kinesis_core/api/lease_store.h"

#include <charconv>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/status_macros.h"

namespace kinesis::api {
namespace {

class MemoryLeaseStore final : public LeaseStore {
 public:
  absl::StatusOr<std::vector<Lease>> List() override {
    const internal::MutexLock lock(mutex_);
    std::vector<Lease> leases;
    leases.reserve(leases_.size());
    for (const auto& [shard_id, lease] : leases_) leases.push_back(lease);
    return leases;
  }

  absl::StatusOr<Lease> Load(ShardId shard_id) override {
    const internal::MutexLock lock(mutex_);
    const auto found = leases_.find(shard_id);
    if (found == leases_.end()) {
      return absl::NotFoundError("there is no lease of " + shard_id.ToString());
    }
    return found->second;
  }

  absl::Status Save(const Lease& lease) override {
    const internal::MutexLock lock(mutex_);
    KC_RETURN_IF_ERROR(CheckVersion(lease));
    Lease& stored = leases_[lease.shard_id];
    stored = lease;
    ++stored.version;
    return absl::OkStatus();
  }

  absl::Status Erase(const Lease& lease) override {
    const internal::MutexLock lock(mutex_);
    KC_RETURN_IF_ERROR(CheckVersion(lease));
    leases_.erase(lease.shard_id);
    return absl::OkStatus();
  }

 private:
  absl::Status CheckVersion(const Lease& lease) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = leases_.find(lease.shard_id);
    const uint64_t stored = found == leases_.end() ? 0 : found->second.version;
    if (stored == lease.version) return absl::OkStatus();
    return absl::AbortedError("the lease of " + lease.shard_id.ToString() + " has version " +
                              std::to_string(stored) + ", not " + std::to_string(lease.version));
  }

  internal::Mutex mutex_;
  std::map<ShardId, Lease> leases_ ABSL_GUARDED_BY(mutex_);
};

// --- Text: fields in the order of the struct, with a blank between them. An owner has a "@" in
// --- front, so that none is a field, too.

constexpr std::string_view kFormat = "lease1";
constexpr std::string_view kNone = "-";

absl::Status NoLease(const std::string& what) {
  return absl::InvalidArgumentError("the text is no lease: " + what);
}

// Takes the text up to the next blank.
std::string_view TakeField(std::string_view* text) {
  const size_t end = text->find(' ');
  const std::string_view field = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return field;
}

template <class Number>
absl::Status ParseNumber(std::string_view field, const char* name, Number* number) {
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), *number);
  if (error == std::errc() && end == field.data() + field.size()) return absl::OkStatus();
  return NoLease(std::string(name) + " is \"" + std::string(field) + "\"");
}

absl::StatusOr<ShardId> ParseShard(std::string_view field) {
  uint32_t index = 0;
  KC_RETURN_IF_ERROR(ParseNumber(field, "a shard", &index));
  if (index > ShardId::kMaxIndex) return NoLease("a shard is " + std::to_string(index));
  return ShardId(index);
}

absl::StatusOr<std::string> ParseWorker(std::string_view field) {
  if (!field.starts_with('@')) return NoLease("a worker is \"" + std::string(field) + "\"");
  return std::string(field.substr(1));
}

}  // namespace

std::shared_ptr<LeaseStore> MakeMemoryLeaseStore() { return std::make_shared<MemoryLeaseStore>(); }

std::string Lease::ToString() const {
  std::string parent_list;
  for (const ShardId parent : parents) {
    parent_list += (parent_list.empty() ? "" : ",") + std::to_string(parent.index());
  }
  std::string text(kFormat);
  const auto add = [&text](std::string_view field) { (text += ' ') += field; };
  add(std::to_string(shard_id.index()));
  add(parents.empty() ? kNone : parent_list);
  add(std::to_string(absl::ToUnixMillis(stream_created)));
  add(start ? std::to_string(absl::ToUnixMillis(*start)) : std::string(kNone));
  add(checkpoint.is_valid() ? checkpoint.ToString() : std::string(kNone));
  add(is_finished ? "finished" : "open");
  add("@" + owner);
  add("@" + next_owner);
  add(std::to_string(epoch));
  add(std::to_string(version));
  return text;
}

absl::StatusOr<Lease> Lease::Parse(std::string_view text) {
  if (TakeField(&text) != kFormat) return NoLease("it does not begin with lease1");
  Lease lease;
  KC_ASSIGN_OR_RETURN(lease.shard_id, ParseShard(TakeField(&text)));
  if (std::string_view parents = TakeField(&text); parents != kNone) {
    while (!parents.empty()) {
      const size_t end = parents.find(',');
      KC_ASSIGN_OR_RETURN(const ShardId parent, ParseShard(parents.substr(0, end)));
      lease.parents.push_back(parent);
      parents.remove_prefix(end == std::string_view::npos ? parents.size() : end + 1);
    }
  }
  int64_t millis = 0;
  KC_RETURN_IF_ERROR(ParseNumber(TakeField(&text), "the stream's creation", &millis));
  lease.stream_created = absl::FromUnixMillis(millis);
  if (const std::string_view start = TakeField(&text); start != kNone) {
    KC_RETURN_IF_ERROR(ParseNumber(start, "the start", &millis));
    lease.start = absl::FromUnixMillis(millis);
  }
  if (const std::string_view checkpoint = TakeField(&text); checkpoint != kNone) {
    KC_ASSIGN_OR_RETURN(lease.checkpoint, SequenceNumber::Parse(checkpoint));
  }
  const std::string_view state = TakeField(&text);
  if (state != "finished" && state != "open") {
    return NoLease("its state is \"" + std::string(state) + "\"");
  }
  lease.is_finished = state == "finished";
  KC_ASSIGN_OR_RETURN(lease.owner, ParseWorker(TakeField(&text)));
  KC_ASSIGN_OR_RETURN(lease.next_owner, ParseWorker(TakeField(&text)));
  KC_RETURN_IF_ERROR(ParseNumber(TakeField(&text), "the epoch", &lease.epoch));
  KC_RETURN_IF_ERROR(ParseNumber(TakeField(&text), "the version", &lease.version));
  if (!text.empty()) return NoLease("there is more behind the version");
  return lease;
}

}  // namespace kinesis::api
