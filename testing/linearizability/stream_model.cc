#include "kinesis_core/testing/linearizability/stream_model.h"

#include <algorithm>

namespace kinesis::testing {
namespace {

using Kind = StreamOperation::Kind;

// Each put is recorded with three steps; a model of one step makes the last two together.
enum PutStep { kLookUp, kTakePlace, kBecomeReadable, kPutSteps };

std::string Hex(uint64_t key) {
  constexpr int kTopByte = 56;
  constexpr char kDigits[] = "0123456789abcdef";
  const auto byte = static_cast<uint32_t>(key >> kTopByte);
  return {'0', 'x', kDigits[byte / 16], kDigits[byte % 16], '.', '.'};
}

template <class Number>
std::string Join(const std::vector<Number>& numbers) {
  std::string text;
  for (const Number number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return "[" + text + "]";
}

}  // namespace

StreamModel::StreamModel(const std::vector<uint64_t>& starts, PutSteps put_steps)
    : put_steps_(put_steps), shards_(starts.size()) {
  for (size_t i = 0; i < starts.size(); ++i) table_.push_back({starts[i], i});
}

int StreamModel::StepCount(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kPut:
      return operation.deleted && !operation.is_void ? 1 : kPutSteps;
    case Kind::kRead:
      return operation.deleted ? 1 : 2;
    case Kind::kReshard:
      return 1 + static_cast<int>(operation.parents.size());
    case Kind::kDelete:
      return 2 + 2 * static_cast<int>(operation.shards);
    case Kind::kLatest:
    case Kind::kTrim:
      break;
  }
  return 1;
}

bool StreamModel::Step(const Operation& operation, int step) {
  // A shard that has not been made yet.
  if (operation.shard >= shards_.size()) return false;
  Shard& shard = shards_[operation.shard];
  switch (operation.kind) {
    case Kind::kPut:
      return StepPut(operation, step);
    case Kind::kRead:
      return StepRead(operation, step);
    case Kind::kLatest:
      return operation.index == shard.values.size();
    case Kind::kTrim:
      shard.horizon = std::max(shard.horizon, operation.index);
      return operation.index <= shard.values.size();
    case Kind::kReshard:
      return StepReshard(operation, step);
    case Kind::kDelete:
      return operation.shards == shards_.size() && StepDelete(step);
  }
  return false;
}

bool StreamModel::StepPut(const Operation& put, int step) {
  if (put.deleted && !put.is_void) return table_.empty();
  if (step == kLookUp) return LooksUp(put);
  if (step == kTakePlace) return TakesPlace(put);
  shards_[put.shard].readable[put.index] = true;
  shards_[put.shard].is_void[put.index] = put.is_void;
  return !put.deleted || deleted_;
}

bool StreamModel::LooksUp(const Operation& put) const {
  const auto above = std::find_if(table_.begin(), table_.end(),
                                  [&put](const Row& row) { return row.start > put.key; });
  return above != table_.begin() && std::prev(above)->shard == put.shard;
}

bool StreamModel::TakesPlace(const Operation& put) {
  Shard& shard = shards_[put.shard];
  if (shard.closed || put.index != shard.values.size()) return false;
  shard.values.push_back(put.value);
  shard.readable.push_back(put_steps_ == PutSteps::kOne);
  shard.is_void.push_back(false);
  return true;
}

bool StreamModel::StepRead(const Operation& read, int step) {
  if (read.deleted) return deleted_;
  return step == 0 ? Finds(read) : Takes(read);
}

bool StreamModel::Finds(const Operation& read) {
  const Shard& shard = shards_[read.shard];
  const uint64_t from = std::max(read.index, shard.horizon);
  if (from > shard.values.size()) return false;
  // Void places count as lost only if they were not stepped over before they were trimmed.
  const auto voids =
      static_cast<uint64_t>(std::count(shard.is_void.begin() + static_cast<ptrdiff_t>(read.index),
                                       shard.is_void.begin() + static_cast<ptrdiff_t>(from), true));
  reads_from_[read.called] = from;
  return read.lost <= from - read.index && read.lost + voids >= from - read.index;
}

bool StreamModel::Takes(const Operation& read) {
  const Shard& shard = shards_[read.shard];
  uint64_t place = reads_from_.extract(read.called).mapped();
  const auto step_over_voids = [&shard, &place] {
    while (place < shard.values.size() && shard.is_void[place]) ++place;
  };
  for (const uint32_t value : read.values) {
    step_over_voids();
    if (place >= shard.values.size() || !shard.readable[place]) return false;
    if (shard.values[place] != value) return false;
    ++place;
  }
  // What was trimmed behind the records that were taken ended the read.
  const bool overtaken = !read.values.empty() && shard.horizon > place;
  step_over_voids();
  const bool at_end = shard.closed && place >= shard.values.size();
  if (read.at_end) return at_end && read.children == shard.children;
  const bool more = place < shard.values.size() && shard.readable[place];
  return !read.at_tip || overtaken || (!more && !at_end);
}

bool StreamModel::StepReshard(const Operation& reshard, int step) {
  if (step == 0) return Publishes(reshard);
  Shard& parent = shards_[reshard.parents[static_cast<size_t>(step) - 1]];
  parent.closed = true;
  parent.children = reshard.children;
  return true;
}

bool StreamModel::Publishes(const Operation& reshard) {
  const auto first = std::find_if(table_.begin(), table_.end(), [&reshard](const Row& row) {
    return row.shard == reshard.parents[0];
  });
  if (table_.end() - first < static_cast<ptrdiff_t>(reshard.parents.size())) return false;
  for (size_t i = 0; i < reshard.parents.size(); ++i) {
    if (first[static_cast<ptrdiff_t>(i)].shard != reshard.parents[i]) return false;
  }
  if (reshard.starts.front() != first->start) return false;
  const auto gap = table_.erase(first, first + static_cast<ptrdiff_t>(reshard.parents.size()));
  std::vector<Row> rows;
  for (size_t i = 0; i < reshard.children.size(); ++i) {
    if (reshard.children[i] != shards_.size()) return false;
    shards_.emplace_back();
    rows.push_back({reshard.starts[i], reshard.children[i]});
  }
  table_.insert(gap, rows.begin(), rows.end());
  return true;
}

bool StreamModel::StepDelete(int step) {
  if (step == 0) {
    deleted_ = true;
  } else if (step == 1) {
    table_.clear();
  } else {
    Shard& shard = shards_[(static_cast<size_t>(step) - 2) / 2];
    if (step % 2 == 0) {
      shard.closed = true;
    } else {
      shard.horizon = shard.values.size();
    }
  }
  return true;
}

std::string StreamModel::Fingerprint() const {
  std::string bits = deleted_ ? "d" : "o";
  for (const Row& row : table_) bits += std::to_string(row.shard) + ",";
  for (const Shard& shard : shards_) {
    bits += shard.closed ? "|c" : "|o";
    bits += std::to_string(shard.children.size()) + "," + std::to_string(shard.horizon);
    for (size_t i = 0; i < shard.values.size(); ++i) {
      bits += shard.is_void[i] ? "v" : shard.readable[i] ? "+" : "-";
      bits += std::to_string(shard.values[i]);
    }
  }
  for (const auto& [call, from] : reads_from_) {
    bits += "|r" + std::to_string(call) + "," + std::to_string(from);
  }
  return bits;
}

bool StreamModel::ChangesNothing(const Operation& operation) {
  return operation.kind == Kind::kRead || operation.kind == Kind::kLatest ||
         (operation.kind == Kind::kPut && operation.deleted && !operation.is_void);
}

std::string StreamModel::Describe(const Operation& operation) {
  const std::string who = "process " + std::to_string(operation.process) + ": ";
  const std::string where = "shard " + std::to_string(operation.shard);
  const std::string at = where + " at " + std::to_string(operation.index);
  const std::string end = operation.deleted ? " -> deleted" : "";
  const std::string is_void = operation.is_void ? ", void" : "";
  switch (operation.kind) {
    case Kind::kPut:
      return who + "put " + std::to_string(operation.value) + ", key " + Hex(operation.key) +
             (operation.is_void || end.empty() ? " -> " + at : "") + is_void + end;
    case Kind::kRead:
      if (operation.deleted) return who + "read " + at + end;
      return who + "read " + at + " -> " + Join(operation.values) +
             (operation.lost > 0 ? ", lost " + std::to_string(operation.lost) : "") +
             (operation.at_tip ? ", at the tip" : "") +
             (operation.at_end ? ", at the end, children " + Join(operation.children) : "");
    case Kind::kLatest:
      return who + "latest -> " + at;
    case Kind::kTrim:
      return who + "trim " + where + " before " + std::to_string(operation.index);
    case Kind::kReshard:
      return who + "reshard " + Join(operation.parents) + " -> " + Join(operation.children);
    case Kind::kDelete:
      break;
  }
  return who + "delete the stream";
}

}  // namespace kinesis::testing
