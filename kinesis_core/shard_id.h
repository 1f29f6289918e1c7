// ShardId: the name of a shard within its stream.
//
// Kinesis numbers the shards of a stream 0, 1, 2, ... in order of creation, never reuses a number,
// and shows it as "shardId-" and twelve decimal digits. Here it is the number, under a type of its
// own, so that it cannot be mistaken for a count or for another index.
//
//   ShardId(7).ToString();              // "shardId-000000000007"
//   ShardId::Parse("shardId-7").ok();   // true: the short form names the same shard
//   ShardId::Parse("shardId-").ok();    // false: no digits

#ifndef KINESIS_CORE_SHARD_ID_H_
#define KINESIS_CORE_SHARD_ID_H_

#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "kinesis_core/export.h"

namespace kinesis {

// The index of a shard in its stream, 0 .. 2^31-1, ordered by creation.
//
// Thread-safe: a value type; const operations may run concurrently.
class KINESIS_CORE_EXPORT ShardId {
 public:
  // Highest index that Kinesis can name (kinesalite's resolveShardId).
  static constexpr uint32_t kMaxIndex = 0x7fff'ffff;

  // Shard 0, which every stream has.
  constexpr ShardId() = default;

  // Requires: index <= kMaxIndex.
  constexpr explicit ShardId(uint32_t index) : index_(index) { assert(index <= kMaxIndex); }

  // Reads a shard's name by Kinesis's own lenient rule (kinesalite's tests against the service):
  // the text after the first '-', or all of it when there is none, is the index in decimal digits.
  // So "shardId-000000000007", "shardId-7", "x-7" and "007" all name shard 7. Compare the text with
  // ToString() where only the canonical form will do.
  //
  // Errors: kInvalidArgument when that part is empty or holds anything but digits; kOutOfRange when
  // the index exceeds kMaxIndex.
  static absl::StatusOr<ShardId> Parse(std::string_view text);

  constexpr uint32_t index() const { return index_; }

  // The canonical name: "shardId-" and the index in twelve digits. Allocates.
  std::string ToString() const;
  // Appends that name to `*text`, which allocates only if it has no room for it.
  void AppendTo(std::string* text) const;
  // The characters of that name.
  static constexpr size_t kTextSizeMax = 20;
  // Writes that name, without a null, to `out`, where there is room for kTextSizeMax characters.
  // Returns its end.
  char* WriteTo(char* out) const;

  friend constexpr auto operator<=>(const ShardId&, const ShardId&) = default;

  // Lets Abseil's hash containers use a ShardId as a key.
  template <typename H>
  friend H AbslHashValue(H state, const ShardId& id) {
    return H::combine(std::move(state), id.index_);
  }

 private:
  uint32_t index_ = 0;
};

static_assert(sizeof(ShardId) == 4);

// Writes ToString(), for logs and test failures.
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const ShardId& id);

}  // namespace kinesis

#endif  // KINESIS_CORE_SHARD_ID_H_
