// The engine for messages that are serialised: into a buffer that is then put (engine-built), or
// into the log itself, by Stream::Reserve (engine-in-place).
//
// To serialise is here to copy a message field by field, the least that any serialiser does: one
// that takes longer makes the difference a smaller part of the whole.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_IN_PLACE_ENGINE_H_
#define KINESIS_CORE_BENCH_CONTENDERS_IN_PLACE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/contenders/contender.h"
#include "bench/contenders/engine_contender.h"
#include "bench/fatal.h"
#include "kinesis_core/engine.h"

namespace kinesis::bench {

template <bool kInPlace>
class SerialisingEngine : public EngineContender<KeyKind::kExplicit> {
  using Base = EngineContender<KeyKind::kExplicit>;

 public:
  static constexpr std::string_view kName = kInPlace ? "engine-in-place" : "engine-built";

  using Base::Base;

  // For cases in which a producer does not get ahead of the reader.
  class Producer {
   public:
    Producer(SerialisingEngine& engine, size_t index)
        : stream_(engine.stream_),
          keys_(engine.KeysOf(index)),
          buffer_(SlotBytes(engine.workload_.data_bytes)) {}

    void Put(std::string_view data) {
      Record record;
      keys_.Next<KeyKind::kExplicit>({buffer_.data(), data.size()}, &record);
      absl::StatusOr<PutResult> result;
      if constexpr (kInPlace) {
        absl::StatusOr<Reservation> place =
            stream_.Reserve(record.partition_key, data.size(), record.explicit_hash_key);
        Require(place.ok(), "a reservation was refused");
        Serialise(data, place->data().data());
        result = place->Commit();
      } else {
        Serialise(data, buffer_.data());
        result = stream_.Put(record);
      }
      Require(result.ok(), "a put was refused");
    }

   private:
    static void Serialise(std::string_view data, char* to) {
      const size_t fields_end = data.size() / sizeof(uint64_t) * sizeof(uint64_t);
      for (size_t at = 0; at < fields_end; at += sizeof(uint64_t)) {
        uint64_t field;
        std::memcpy(&field, data.data() + at, sizeof field);
        std::memcpy(to + at, &field, sizeof field);
      }
      std::memcpy(to + fields_end, data.data() + fields_end, data.size() - fields_end);
    }

    Stream& stream_;
    RecordKeys keys_;
    std::vector<char> buffer_;
  };
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_IN_PLACE_ENGINE_H_
