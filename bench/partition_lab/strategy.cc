#include "kinesis_core/lab/strategy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::lab {
namespace {

// 2^64 divided by the golden ratio: multiples of it spread over 64 bits as evenly as can be.
constexpr uint64_t kGoldenStep = 0x9e3779b97f4a7c15;

// Picks one of `count` shards, each for the same share of all values of `hash`.
size_t Scale(uint64_t hash, size_t count) {
  return absl::Uint128High64(absl::uint128(hash) * count);
}

// Hashes the key as one of the engine's partitioners does.
class Hashed final : public Strategy {
 public:
  explicit Hashed(std::shared_ptr<const Partitioner> partitioner)
      : partitioner_(std::move(partitioner)) {}

  HashKey Place(std::string_view key, uint64_t) override { return partitioner_->Hash(key); }
  bool depends_on_key_alone() const override { return true; }
  bool is_pure() const override { return true; }

 private:
  const std::shared_ptr<const Partitioner> partitioner_;
};

// Goes from shard to shard, by explicit hash keys.
class RoundRobin final : public Strategy {
 public:
  explicit RoundRobin(const ShardMap& shards) : shards_(shards) {}

  HashKey Place(std::string_view, uint64_t) override {
    if (next_ == shards_.size()) {
      next_ = 0;
      fraction_ += kGoldenStep;
    }
    return shards_.PointIn(next_++, fraction_);
  }
  bool depends_on_key_alone() const override { return false; }

 private:
  const ShardMap& shards_;
  size_t next_ = 0;
  uint64_t fraction_ = 0;
};

// Draws a random hash key for each record, which is what random partition keys come to.
class RandomKeys final : public Strategy {
 public:
  explicit RandomKeys(uint64_t seed) : random_(seed) {}

  HashKey Place(std::string_view, uint64_t) override {
    const uint64_t high = random_.Next();
    return HashKey::FromHalves(high, random_.Next());
  }
  bool depends_on_key_alone() const override { return false; }

 private:
  Random random_;
};

// Hashes as Kinesis does the key with "#0" .. "#(k-1)" behind it, drawn at random for each record.
class Salted final : public Strategy {
 public:
  Salted(uint32_t buckets, uint64_t seed) : random_(seed) {
    for (uint32_t i = 0; i < buckets; ++i) suffixes_.push_back("#" + std::to_string(i));
  }

  HashKey Place(std::string_view key, uint64_t) override {
    salted_.assign(key);
    salted_.append(suffixes_[random_.Below(suffixes_.size())]);
    return Md5HashKey(salted_);
  }
  bool depends_on_key_alone() const override { return suffixes_.size() == 1; }

 private:
  Random random_;
  std::vector<std::string> suffixes_;
  std::string salted_;
};

// Salts the heavy keys alone, each into as many parts as it needs on so many shards.
class SaltedHot final : public Strategy {
 public:
  explicit SaltedHot(const StrategyContext& context) : random_(context.seed) {
    for (const HeavyKey& heavy : context.heavy_keys) {
      const uint64_t parts = heavy.Parts(context.shards.size());
      if (parts > 1) parts_.emplace(heavy.key, parts);
    }
  }

  HashKey Place(std::string_view key, uint64_t) override {
    const auto heavy = parts_.find(key);
    if (heavy == parts_.end()) return Md5HashKey(key);
    salted_.assign(key);
    salted_ += '#';
    salted_ += std::to_string(random_.Below(heavy->second));
    return Md5HashKey(salted_);
  }
  bool depends_on_key_alone() const override { return parts_.empty(); }
  bool is_pure() const override { return parts_.empty(); }

 private:
  Random random_;
  std::map<std::string, uint64_t, std::less<>> parts_;
  std::string salted_;
};

// Takes turns, whatever the keys, each round of them from another shard on. This is what Kinesis
// does itself since 2026-09 with the streams (on demand) that ask for it, and the turns are those
// of the engine's kAuto.
class Auto final : public Strategy {
 public:
  explicit Auto(const ShardMap& shards) : shards_(shards) {}

  HashKey Place(std::string_view, uint64_t) override {
    const uint64_t count = shards_.size();
    const uint64_t turn = next_turn_++;
    // Random adds its step before it mixes.
    if (turn % count == 0) first_ = Random(turn / count - kGoldenStep).Next() % count;
    return shards_.range((first_ + turn) % count).start();
  }
  bool depends_on_key_alone() const override { return false; }

 private:
  const ShardMap& shards_;
  uint64_t next_turn_ = 0;
  uint64_t first_ = 0;
};

// Takes the less loaded of two shards that the key hashes to, by the bytes sent to each so far. A
// key has two shards at the most (Nasir et al., "The power of both choices", ICDE 2015).
class TwoChoices final : public Strategy {
 public:
  explicit TwoChoices(const ShardMap& shards) : shards_(shards), bytes_(shards.size()) {}

  HashKey Place(std::string_view key, uint64_t bytes) override {
    const HashKey hash = partitioner_->Hash(key);
    const size_t one = Scale(hash.high(), shards_.size());
    const size_t other = Scale(hash.low(), shards_.size());
    const size_t chosen = bytes_[other] < bytes_[one] ? other : one;
    bytes_[chosen] += bytes;
    return shards_.PointIn(chosen, hash.high() * kGoldenStep);
  }
  bool depends_on_key_alone() const override { return false; }

 private:
  const std::shared_ptr<const Partitioner> partitioner_ = Xxh3Partitioner();
  const ShardMap& shards_;
  std::vector<uint64_t> bytes_;
};

// Takes the shard that has been sent the fewest bytes; the first of equals.
class LeastLoaded final : public Strategy {
 public:
  explicit LeastLoaded(const ShardMap& shards) : shards_(shards) {
    for (size_t i = 0; i < shards.size(); ++i) queue_.emplace(0, i);
  }

  HashKey Place(std::string_view, uint64_t bytes) override {
    const Load least = queue_.top();
    queue_.pop();
    queue_.emplace(least.first + bytes, least.second);
    fraction_ += kGoldenStep;
    return shards_.PointIn(least.second, fraction_);
  }
  bool depends_on_key_alone() const override { return false; }

 private:
  using Load = std::pair<uint64_t, size_t>;

  const ShardMap& shards_;
  std::priority_queue<Load, std::vector<Load>, std::greater<>> queue_;
  uint64_t fraction_ = 0;
};

// A ring of 64-bit hashes with some points of each shard; a key belongs to the shard of the first
// point at or after its own hash (Karger et al., STOC 1997). Points are named after shard ids, so a
// shard that comes or goes takes keys only from, or gives them only to, its neighbours on the ring.
class Consistent final : public Strategy {
 public:
  Consistent(const ShardMap& shards, uint32_t virtual_nodes) : shards_(shards) {
    for (size_t shard = 0; shard < shards.size(); ++shard) {
      for (uint32_t node = 0; node < virtual_nodes; ++node) {
        const std::string name =
            "shard " + std::to_string(shards.id(shard)) + " node " + std::to_string(node);
        ring_.emplace_back(partitioner_->Hash(name).high(), shard);
      }
    }
    std::sort(ring_.begin(), ring_.end());
  }

  HashKey Place(std::string_view key, uint64_t) override {
    const HashKey hash = partitioner_->Hash(key);
    const auto found =
        std::lower_bound(ring_.begin(), ring_.end(), std::pair(hash.high(), size_t{0}));
    const size_t shard = found == ring_.end() ? ring_.front().second : found->second;
    return shards_.PointIn(shard, hash.low());
  }
  bool depends_on_key_alone() const override { return true; }
  bool is_pure() const override { return true; }

 private:
  const std::shared_ptr<const Partitioner> partitioner_ = Xxh3Partitioner();
  const ShardMap& shards_;
  std::vector<std::pair<uint64_t, size_t>> ring_;
};

// Sends each record where its producer did, by its explicit hash key if it has one.
class ExplicitHashKeys final : public Strategy {
 public:
  HashKey Place(std::string_view key, uint64_t) override { return Md5HashKey(key); }
  HashKey PlaceRecord(const KeyRecord& record) override {
    return record.explicit_hash_key ? *record.explicit_hash_key : Md5HashKey(record.key);
  }
  bool depends_on_key_alone() const override { return false; }
};

}  // namespace

uint64_t HeavyKey::Parts(size_t shards) const {
  const double even = std::ceil(share * static_cast<double>(shards));
  const uint64_t needed = std::max(static_cast<uint64_t>(even), parts_for_limit);
  return needed > 1 ? 2 * needed : 1;
}

std::vector<StrategyKind> BuiltInStrategies() {
  using Context = const StrategyContext&;
  return {
      {"md5", "MD5 of the key, as Kinesis does",
       [](Context) { return std::make_unique<Hashed>(Md5Partitioner()); }},
      {"xxh3", "XXH3 of the key, 128 bits",
       [](Context) { return std::make_unique<Hashed>(Xxh3Partitioner()); }},
      {"round-robin", "explicit hash keys, shard after shard",
       [](Context context) { return std::make_unique<RoundRobin>(context.shards); }},
      {"random", "a random hash key for each record",
       [](Context context) { return std::make_unique<RandomKeys>(context.seed); }},
      {"salted", "MD5 of the key with one of k suffixes",
       [](Context context) {
         return std::make_unique<Salted>(context.salt_buckets, context.seed);
       }},
      {"salted-hot", "MD5 of the key, with one of k suffixes for hot keys alone",
       [](Context context) { return std::make_unique<SaltedHot>(context); }},
      {"two-choices", "the less loaded of two shards that the key hashes to",
       [](Context context) { return std::make_unique<TwoChoices>(context.shards); }},
      {"least-loaded", "the least loaded of all shards",
       [](Context context) { return std::make_unique<LeastLoaded>(context.shards); }},
      {"consistent", "consistent hashing with virtual nodes",
       [](Context context) {
         return std::make_unique<Consistent>(context.shards, context.virtual_nodes);
       }},
      {"auto", "turns, as Kinesis does with AUTO record distribution (on demand)",
       [](Context context) { return std::make_unique<Auto>(context.shards); },
       /*on_demand_only=*/true},
  };
}

StrategyKind ExplicitStrategy() {
  return {"explicit", "the records' own explicit hash keys, else MD5 of the key",
          [](const StrategyContext&) { return std::make_unique<ExplicitHashKeys>(); }};
}

}  // namespace kinesis::lab
