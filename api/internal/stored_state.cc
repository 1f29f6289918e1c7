#include "kinesis_core/api/internal/stored_state.h"

#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/text_or.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/files/byte_codec.h"

namespace kinesis::api::internal {
namespace {

using kinesis::internal::ByteReader;
using kinesis::internal::ByteWriter;

// --- Fields, in the order in which they are written and read -------------------------------------

// T, const or not.
template <class Given, class T>
concept Is = std::same_as<std::remove_const_t<Given>, T>;

template <Is<PendingReshard> T, class Visit>
void VisitFields(T& reshard, Visit visit) {
  visit(reshard.new_starts, reshard.removed_start, reshard.shard_count, reshard.added);
}

template <Is<OnDemandState> T, class Visit>
void VisitFields(T& on_demand, Visit visit) {
  visit(on_demand.peaks.by_day(), on_demand.minute, on_demand.not_before_ms);
}

template <Is<ConsumerEntry> T, class Visit>
void VisitFields(T& consumer, Visit visit) {
  visit(consumer.name, consumer.arn, consumer.created_ms, consumer.active_at_ms,
        consumer.deleted_at_ms, consumer.tags, consumer.policy);
}

template <Is<StreamFacts> T, class Visit>
void VisitFields(T& facts, Visit visit) {
  visit(facts.id, facts.uid, facts.created_ms, facts.active_at_ms, facts.record_bytes_max,
        facts.encryption_type, facts.deleted_at_ms);
}

template <Is<StreamState> T, class Visit>
void VisitFields(T& state, Visit visit) {
  visit(state.updating_until_ms, state.reshard, state.mode, state.retention_hours, state.key_id,
        state.tags, state.policy, state.shard_level_metrics, state.warm_throughput_mibps,
        state.on_demand, state.next_scaling_check_ms, state.consumers, state.shard_count_updates_ms,
        state.mode_changes_ms);
}

template <Is<StreamImage> T, class Visit>
void VisitFields(T& image, Visit visit) {
  visit(image.facts, image.state);
}

template <Is<ChannelEntry> T, class Visit>
void VisitFields(T& channel, Visit visit) {
  visit(channel.name, channel.id, channel.arn, channel.service_execution_role_arn,
        channel.stream_uid, channel.stream_arn, channel.stream_created_ms,
        channel.record_configuration, channel.s3, channel.s3_tables, channel.encryption,
        channel.logs, channel.tags, channel.created_ms, channel.active_at_ms,
        channel.updating_until_ms, channel.deleted_at_ms);
}

template <Is<AccountImage> T, class Visit>
void VisitFields(T& account, Visit visit) {
  visit(account.generation, account.billing_commitment);
}

// A structure of the API: its members are those of the schema.
template <class T, class Visit>
requires HasSchema<std::remove_const_t<T>>
void VisitFields(T& structure, Visit visit) {
  ForEachMember<std::remove_const_t<T>>([&](auto member) { visit(member.Of(structure)); });
}

// --- Kinds of values -----------------------------------------------------------------------------

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
inline constexpr bool kIsTextOr = false;
template <class T>
inline constexpr bool kIsTextOr<TextOr<T>> = true;

template <class T>
inline constexpr bool kIsPair = false;
template <class First, class Second>
inline constexpr bool kIsPair<std::pair<First, Second>> = true;

// A list, a set or a map.
template <class T>
concept Container = requires(T& values) {
  typename T::value_type;
  values.begin();
  values.size();
};

// --- Writing -------------------------------------------------------------------------------------

class Writer {
 public:
  explicit Writer(std::string& bytes) : out_(bytes) {}

  template <class T>
  void Write(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      out_.Uint8(value ? 1 : 0);
    } else if constexpr (std::is_integral_v<T>) {
      out_.Uint64(static_cast<uint64_t>(value));
    } else if constexpr (WireEnum<T>) {
      out_.String(ToText(value));
    } else if constexpr (std::is_same_v<T, std::string>) {
      out_.String(value);
    } else if constexpr (std::is_same_v<T, HashKey>) {
      out_.Uint64(value.high());
      out_.Uint64(value.low());
    } else if constexpr (std::is_same_v<T, absl::Time>) {
      out_.Int64(absl::ToUnixMillis(value));
    } else if constexpr (kIsTextOr<T>) {
      Write(value.is_text());
      if (value.is_text()) {
        Write(value.text());
      } else {
        Write(value.value());
      }
    } else if constexpr (kIsOptional<T>) {
      Write(value.has_value());
      if (value) Write(*value);
    } else if constexpr (kIsPair<T>) {
      Write(value.first);
      Write(value.second);
    } else if constexpr (Container<T>) {
      out_.Uint32(static_cast<uint32_t>(value.size()));
      for (const auto& each : value) Write(each);
    } else {
      VisitFields(value, [this](const auto&... fields) { (this->Write(fields), ...); });
    }
  }

 private:
  ByteWriter out_;
};

template <class... Parts>
std::string Encode(const Parts&... parts) {
  std::string bytes;
  ByteWriter(bytes).Uint8(kStoredStateVersion);
  Writer out(bytes);
  (out.Write(parts), ...);
  return bytes;
}

// --- Reading -------------------------------------------------------------------------------------

class Reader {
 public:
  explicit Reader(ByteReader& in) : in_(in) {}

  // Whatever it is, if the bytes are not there: the ByteReader says so.
  template <class T>
  T Read() {
    if constexpr (std::is_same_v<T, bool>) {
      const uint8_t byte = in_.Uint8();
      if (byte > 1) in_.Fail();
      return byte == 1;
    } else if constexpr (std::is_integral_v<T>) {
      const uint64_t number = in_.Uint64();
      const T value = static_cast<T>(number);
      if (static_cast<uint64_t>(value) != number) in_.Fail();
      return value;
    } else if constexpr (WireEnum<T>) {
      const std::optional<T> value = ParseEnum<T>(in_.String());
      if (!value) in_.Fail();
      return value.value_or(T{});
    } else if constexpr (std::is_same_v<T, std::string>) {
      return std::string(in_.String());
    } else if constexpr (std::is_same_v<T, HashKey>) {
      const uint64_t high = in_.Uint64();
      return HashKey::FromHalves(high, in_.Uint64());
    } else if constexpr (std::is_same_v<T, absl::Time>) {
      return absl::FromUnixMillis(in_.Int64());
    } else if constexpr (kIsTextOr<T>) {
      if (Read<bool>()) return Read<std::string>();
      return Read<std::remove_cvref_t<decltype(std::declval<T>().value())>>();
    } else if constexpr (kIsOptional<T>) {
      if (!Read<bool>()) return std::nullopt;
      return Read<typename T::value_type>();
    } else if constexpr (kIsPair<T>) {
      // In this order.
      auto first = Read<std::remove_const_t<typename T::first_type>>();
      return {std::move(first), Read<typename T::second_type>()};
    } else if constexpr (Container<T>) {
      T values;
      const uint32_t count = in_.Uint32();
      for (uint32_t i = 0; i < count && in_.ok(); ++i) {
        values.insert(values.end(), Read<typename T::value_type>());
      }
      return values;
    } else {
      T structure{};
      VisitFields(structure, [this](auto&... fields) {
        ((fields = this->template Read<std::remove_cvref_t<decltype(fields)>>()), ...);
      });
      return structure;
    }
  }

 private:
  ByteReader& in_;
};

template <class T>
absl::StatusOr<T> Decode(std::string_view bytes, std::string_view whose) {
  const std::string subject =
      "what the API keeps of " + std::string(whose) + " in the engine's directory ";
  ByteReader in(bytes);
  const uint8_t version = in.Uint8();
  if (version != kStoredStateVersion) {
    return absl::FailedPreconditionError(
        subject + "is of version " + std::to_string(version) + ", and this library reads version " +
        std::to_string(kStoredStateVersion) + " alone; nothing was changed");
  }
  T value = Reader(in).Read<T>();
  if (!in.AtEnd()) return absl::DataLossError(subject + "is not as it was written");
  return value;
}

}  // namespace

std::string EncodeStream(const StreamFacts& facts, const StreamState& state) {
  return Encode(facts, state);  // as a StreamImage
}
std::string EncodeChannels(const ChannelMap& channels) { return Encode(channels); }
std::string EncodeAccount(const AccountImage& account) { return Encode(account); }

absl::StatusOr<StreamImage> DecodeStream(std::string_view bytes, std::string_view whose) {
  return Decode<StreamImage>(bytes, whose);
}
absl::StatusOr<ChannelMap> DecodeChannels(std::string_view bytes, std::string_view whose) {
  return Decode<ChannelMap>(bytes, whose);
}
absl::StatusOr<AccountImage> DecodeAccount(std::string_view bytes, std::string_view whose) {
  return Decode<AccountImage>(bytes, whose);
}

}  // namespace kinesis::api::internal
