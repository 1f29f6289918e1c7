#include "kinesis_core/lab/generators.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/lab/zipf_sampler.h"

namespace kinesis::lab {
namespace {

constexpr uint64_t kDefaultKeys = 10'000;
constexpr uint64_t kDefaultFewKeys = 4;
// The "time" generator puts so many records under the same second.
constexpr uint64_t kRecordsPerSecond = 1'000;

// Writes the key of record `index` into `*key`.
using KeyMaker = std::function<void(uint64_t index, Random& random, std::string* key)>;

void SetKey(uint64_t number, std::string* key) {
  key->assign("key-");
  char digits[20];
  key->append(digits, std::to_chars(digits, std::end(digits), number).ptr);
}

KeyMaker Uniform(const GeneratorOptions& options) {
  return [keys = options.keys](uint64_t, Random& random, std::string* key) {
    SetKey(random.Below(keys), key);
  };
}

KeyMaker Zipf(const GeneratorOptions& options) {
  return [sampler = ZipfSampler(options.keys, options.zipf_exponent)](
             uint64_t, Random& random, std::string* key) { SetKey(sampler.Sample(random), key); };
}

KeyMaker Hotspot(const GeneratorOptions& options) {
  return [options](uint64_t, Random& random, std::string* key) {
    const bool hot = random.Unit() < options.hot_share;
    const uint64_t number = hot ? random.Below(options.hot_keys)
                                : options.hot_keys + random.Below(options.keys - options.hot_keys);
    SetKey(number, key);
  };
}

KeyMaker Sequential(const GeneratorOptions&) {
  return
      [](uint64_t index, Random&, std::string* key) { *key = absl::StrFormat("id-%010u", index); };
}

KeyMaker Uuid(const GeneratorOptions&) {
  return [](uint64_t, Random& random, std::string* key) {
    // RFC 9562: 122 random bits around the version, 4, and the variant, 2.
    const uint64_t high = (random.Next() & ~uint64_t{0xf000}) | 0x4000;
    const uint64_t low = (random.Next() >> 2) | uint64_t{1} << 63;
    *key = absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32, (high >> 16) & 0xffff,
                           high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
  };
}

KeyMaker TimePrefixed(const GeneratorOptions& options) {
  return [keys = options.keys](uint64_t index, Random& random, std::string* key) {
    const absl::Time second = absl::FromCivil(
        absl::CivilSecond(2026, 1, 1) + static_cast<int64_t>(index / kRecordsPerSecond),
        absl::UTCTimeZone());
    *key = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ/key-", second, absl::UTCTimeZone());
    key->append(std::to_string(random.Below(keys)));
  };
}

KeyMaker Few(const GeneratorOptions& options) {
  return [keys = options.keys](uint64_t index, Random&, std::string* key) {
    SetKey(index % keys, key);
  };
}

struct Kind {
  std::string_view name;
  KeyMaker (*make)(const GeneratorOptions&);
};
constexpr Kind kKinds[] = {
    {"uniform", Uniform}, {"zipf", Zipf},         {"hotspot", Hotspot}, {"sequential", Sequential},
    {"uuid", Uuid},       {"time", TimePrefixed}, {"few", Few},
};

class Generator final : public KeySource {
 public:
  Generator(const GeneratorOptions& options, KeyMaker make_key)
      : options_(options), make_key_(std::move(make_key)), random_(options.seed) {}

  absl::StatusOr<bool> Next(KeyRecord* record) override {
    if (made_ == options_.records) return false;
    make_key_(made_++, random_, &key_);
    record->key = key_;
    record->bytes = options_.data_bytes + key_.size();
    return true;
  }

  absl::Status Rewind() override {
    made_ = 0;
    random_ = Random(options_.seed);
    return absl::OkStatus();
  }

  std::string description() const override {
    std::string text =
        absl::StrFormat("generated: %s, %u records", options_.name, options_.records);
    const bool once_each = options_.name == "sequential" || options_.name == "uuid";
    if (!once_each) text += absl::StrFormat(" of %u keys", options_.keys);
    if (options_.name == "zipf") text += absl::StrFormat(", s = %g", options_.zipf_exponent);
    if (options_.name == "hotspot") {
      text +=
          absl::StrFormat(", %u of them with %g %%", options_.hot_keys, 100 * options_.hot_share);
    }
    return text + absl::StrFormat(", seed %u", options_.seed);
  }

  double progress() const override {
    return static_cast<double>(made_) / static_cast<double>(options_.records);
  }

 private:
  const GeneratorOptions options_;
  const KeyMaker make_key_;
  Random random_;
  std::string key_;
  uint64_t made_ = 0;
};

absl::Status Validate(const GeneratorOptions& options) {
  if (options.records == 0) {
    return internal::FieldRangeError("records", options.records, "[1, 2^64-1]");
  }
  if (options.data_bytes > kMaxRecordBytes / 2) {
    return internal::FieldRangeError("record bytes", options.data_bytes, "[0, 5242880]");
  }
  if (options.name == "zipf" && !(options.zipf_exponent > 0 && options.zipf_exponent <= 100)) {
    return internal::FieldRangeError("zipf exponent", std::to_string(options.zipf_exponent),
                                     "(0, 100]");
  }
  if (options.name != "hotspot") return absl::OkStatus();
  if (!(options.hot_share >= 0 && options.hot_share <= 1)) {
    return internal::FieldRangeError("hot share", std::to_string(options.hot_share), "[0, 1]");
  }
  if (options.hot_keys == 0 || options.hot_keys >= options.keys) {
    return internal::FieldRangeError("hot keys", options.hot_keys, "[1, keys - 1]");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeySource>> NewGenerator(const GeneratorOptions& given) {
  GeneratorOptions options = given;
  if (options.keys == 0) options.keys = options.name == "few" ? kDefaultFewKeys : kDefaultKeys;
  const Kind* const kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                        [&](const Kind& k) { return k.name == options.name; });
  if (kind == std::end(kKinds)) {
    return internal::FieldError("generator", options.name,
                                "be one of uniform, zipf, hotspot, sequential, uuid, time, few");
  }
  const absl::Status valid = Validate(options);
  if (!valid.ok()) return valid;
  return std::make_unique<Generator>(options, kind->make(options));
}

}  // namespace kinesis::lab
