// Random requests and responses of every operation go through JSON and come back as they were.
//
// The values are made from the descriptions: each member is there or not, and has any value that
// its C++ type can have and the wire can carry. Equal means equal in every member of the schema,
// and encoded again the text is the same.
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/api/json/internal/json_decoder.h"
#include "kinesis_core/api/json/internal/json_encoder.h"
#include "kinesis_core/api/record_list.h"
#include "kinesis_core/engine.h"

namespace kinesis::api::internal {
namespace {

constexpr int kValuesOfEach = 300;

// --- Random values -------------------------------------------------------------------------------

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  uint64_t Below(uint64_t end) { return random_() % end; }
  bool Coin() { return Below(2) == 0; }

  // Text of characters of all sizes, and of those that JSON escapes.
  std::string Text() {
    static constexpr std::string_view kPieces[] = {"a",
                                                   "Z",
                                                   "0",
                                                   ".",
                                                   "_",
                                                   "-",
                                                   " ",
                                                   "\"",
                                                   "\\",
                                                   "/",
                                                   "\n",
                                                   "\t",
                                                   "\x01",
                                                   "\x7f",
                                                   "\xc3\xa9",
                                                   "\xe2\x82\xac",
                                                   "\xf0\x9f\x98\x80",
                                                   "\xef\xbf\xbd",
                                                   "{",
                                                   "}",
                                                   "[",
                                                   ":",
                                                   ","};
    std::string text;
    for (uint64_t n = Below(12); n > 0; --n) text += kPieces[Below(std::size(kPieces))];
    return text;
  }
  std::string Bytes() {
    std::string bytes(Below(20), '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }

  template <class T>
  void Fill(std::optional<T>* value, const Shape& shape) {
    if (Coin()) return;
    if constexpr (std::is_default_constructible_v<T>) {
      value->emplace();
    } else {
      value->emplace(std::string());
    }
    Fill(&**value, shape);
  }
  template <HasSchema T>
  void Fill(T* structure, const Shape&) {
    Fill(structure);
  }
  template <HasSchema T>
  void Fill(T* structure) {
    ForEachMember<T>([&](const auto& member) { Fill(&member.Of(*structure), member.kShape); });
  }
  template <class T>
  void Fill(std::vector<T>* list, const Shape& shape) {
    for (uint64_t n = Below(4); n > 0; --n) {
      if constexpr (std::is_default_constructible_v<T>) {
        list->emplace_back();
      } else {
        list->push_back(T(std::string()));
      }
      Fill(&list->back(), *shape.element);
    }
  }
  void Fill(RecordList* list, const Shape& shape) {
    std::vector<Record> records;
    Fill(&records, shape);
    *list = RecordList::CopyOf(records);
  }
  void Fill(std::map<std::string, std::string>* map, const Shape&) {
    for (uint64_t n = Below(4); n > 0; --n) (*map)[Text()] = Text();
  }
  void Fill(bool* value, const Shape&) { *value = Coin(); }
  void Fill(int32_t* value, const Shape&) { *value = static_cast<int32_t>(random_()); }
  void Fill(int64_t* value, const Shape&) { *value = static_cast<int64_t>(random_()); }
  void Fill(absl::Time* time, const Shape&) {
    const auto millis = static_cast<int64_t>(Below(10'000'000'000'000));
    *time = absl::FromUnixMillis(Coin() ? millis : millis / 1000 * 1000);
  }
  void Fill(std::string* text, const Shape& shape) {
    *text = shape.kind == ShapeKind::kBlob ? Bytes() : Text();
  }
  // Views into texts that live as long as this generator.
  void Fill(std::string_view* text, const Shape& shape) {
    kept_.push_back(std::make_unique<std::string>());
    Fill(kept_.back().get(), shape);
    *text = *kept_.back();
  }
  template <class T>
  void Fill(TextOr<T>* value, const Shape& shape) {
    if (Coin()) {
      *value = Text();
    } else {
      T typed{};
      Fill(&typed, shape);
      *value = typed;
    }
  }
  void Fill(ShardIterator* token, const Shape&) { *token = ShardIterator(Text()); }
  void Fill(ShardId* id, const Shape&) { *id = ShardId(static_cast<uint32_t>(Below(1U << 31))); }
  void Fill(HashKey* key, const Shape&) { *key = HashKey::FromHalves(random_(), random_()); }
  void Fill(SequenceNumber* number, const Shape&) {
    *number = SequenceNumber::Make(Below(1'000'000'000), static_cast<uint32_t>(Below(1000)),
                                   Below(1'000'000), Below(2'000'000'000));
  }
  template <WireEnum Enum>
  void Fill(Enum* value, const Shape&) {
    *value = static_cast<Enum>(Below(EnumNames<Enum>::kNames.size()));
  }

 private:
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<std::string>> kept_;
};

// --- Equality, member by member ------------------------------------------------------------------

template <class T>
bool Same(const T& left, const T& right);

template <class T>
struct Equal {
  static bool Of(const T& left, const T& right) {
    if constexpr (HasSchema<T>) {
      bool same = true;
      ForEachMember<T>([&](const auto& member) {
        if (Same(member.Of(left), member.Of(right))) return;
        ADD_FAILURE() << Schema<T>::kName << "." << member.name << " differs";
        same = false;
      });
      return same;
    } else {
      return left == right;
    }
  }
};
template <class T>
struct Equal<std::optional<T>> {
  static bool Of(const std::optional<T>& left, const std::optional<T>& right) {
    if (left.has_value() != right.has_value()) return false;
    return !left.has_value() || Same(*left, *right);
  }
};
template <class T>
struct Equal<std::vector<T>> {
  static bool Of(const std::vector<T>& left, const std::vector<T>& right) {
    if (left.size() != right.size()) return false;
    for (size_t i = 0; i < left.size(); ++i) {
      if (!Same(left[i], right[i])) return false;
    }
    return true;
  }
};
// What was typed comes back as its text.
template <class T>
struct Equal<TextOr<T>> {
  static bool Of(const TextOr<T>& left, const TextOr<T>& right) {
    return WireText(left) == WireText(right);
  }
};
template <>
struct Equal<RecordList> {
  static bool Of(const RecordList& left, const RecordList& right) {
    return Same(std::vector<Record>(left.begin(), left.end()),
                std::vector<Record>(right.begin(), right.end()));
  }
};
template <>
struct Equal<ShardIterator> {
  static bool Of(const ShardIterator& left, const ShardIterator& right) {
    return left.text() == right.text();
  }
};

template <class T>
bool Same(const T& left, const T& right) {
  return Equal<T>::Of(left, right);
}

// --- The trip ------------------------------------------------------------------------------------

template <class T>
std::string Encode(const T& value) {
  std::string json;
  EncodeJson(value, &json);
  return json;
}

template <HasSchema T>
void RoundTrip(uint64_t seed) {
  JsonDecoder decoder;
  for (int i = 0; i < kValuesOfEach; ++i) {
    Generator generator(seed * kValuesOfEach + i);
    T value;
    generator.Fill(&value);
    const std::string json = Encode(value);
    T decoded;
    const absl::Status status = decoder.Decode(json, &decoded);
    ASSERT_TRUE(status.ok()) << status << "\n" << json;
    ASSERT_TRUE(decoder.null_paths().empty()) << json;
    ASSERT_TRUE(Same(value, decoded)) << json;
    ASSERT_EQ(Encode(decoded), json);
  }
}

TEST(RoundTripTest, EveryRequestComesBack) {
  ForEachOperation([](auto traits) {
    using Traits = decltype(traits);
    SCOPED_TRACE(ToText(Traits::kOperation));
    RoundTrip<typename Traits::Request>(static_cast<uint64_t>(Traits::kOperation));
  });
}

TEST(RoundTripTest, EveryResponseComesBack) {
  size_t count = 0;
  ForEachOperation([&count](auto traits) {
    using Traits = decltype(traits);
    using Response = typename Traits::Response;
    SCOPED_TRACE(ToText(Traits::kOperation));
    if constexpr (std::is_same_v<Response, SubscribeToShardResponse>) {
      RoundTrip<SubscribeToShardEvent>(1000);
      ++count;
    } else if constexpr (!std::is_void_v<Response>) {
      RoundTrip<Response>(1000 + static_cast<uint64_t>(Traits::kOperation));
      ++count;
    }
  });
  EXPECT_EQ(count, 26U);
}

TEST(RoundTripTest, DecodedRecordsOutliveTheDecoderAndMoveWithTheirList) {
  GetRecordsResponse decoded;
  {
    std::string text =
        R"({"MillisBehindLatest":0,"Records":[{"Data":"dGVh","PartitionKey":"alice",)"
        R"("SequenceNumber":"49590338271490256608559692538361571095921575989136588898"},)"
        R"({"Data":""}]})";
    JsonDecoder decoder;
    ASSERT_TRUE(decoder.Decode(text, &decoded).ok());
  }
  const RecordList records = std::move(decoded.records);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].data, "tea");
  EXPECT_EQ(records[0].partition_key, "alice");
  EXPECT_EQ(records[1].data, "");
  EXPECT_EQ(records[1].partition_key, std::nullopt);
  EXPECT_TRUE(records.batch().empty());
  size_t visited = 0;
  for (const Record& record : records) visited += record.data.size();
  EXPECT_EQ(visited, 3U);
}

// Some are put without a key.
TEST(RoundTripTest, RecordsComeOutOfTheLogAsTheyWerePut) {
  Generator generator(99);
  auto engine = Engine::Create().value();
  Stream stream = engine->CreateStream("s", {.shard_count = 1}).value();
  std::vector<Record> put;
  std::deque<std::string> kept;
  for (int i = 0; i < kValuesOfEach; ++i) {
    Record& record = put.emplace_back();
    record.data = kept.emplace_back(generator.Bytes());
    if (i % 3 != 0) record.partition_key = kept.emplace_back(generator.Text() + "k");
    record.sequence_number =
        stream.Put({.partition_key = record.partition_key.value_or(""), .data = record.data})
            ->sequence_number;
  }
  const kinesis::Shard shard = stream.FindShard(ShardId(0)).value();
  Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
  GetRecordsResponse response;
  response.records = RecordList(iterator.Read().value(), EncryptionType::kKms);
  response.next_shard_iterator = ShardIterator("next");
  response.millis_behind_latest = 17;
  ASSERT_EQ(response.records.size(), put.size());
  for (size_t i = 0; i < put.size(); ++i) {
    put[i].approximate_arrival_timestamp = response.records[i].approximate_arrival_timestamp;
    put[i].encryption_type = EncryptionType::kKms;
  }

  const std::string json = Encode(response);
  GetRecordsResponse decoded;
  JsonDecoder decoder;
  ASSERT_TRUE(decoder.Decode(json, &decoded).ok());
  EXPECT_TRUE(Same(decoded.records, RecordList::CopyOf(put)));
  EXPECT_EQ(decoded.next_shard_iterator->text(), "next");
  EXPECT_EQ(decoded.millis_behind_latest, 17);
  EXPECT_EQ(Encode(decoded), json);
}

}  // namespace
}  // namespace kinesis::api::internal
