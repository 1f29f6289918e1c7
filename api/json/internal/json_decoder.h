// JsonDecoder: JSON into any structure of the API, by its Schema alone.
//
//   JsonDecoder decoder;
//   PutRecordRequest request;
//   absl::Status status = decoder.Decode(json, &request);
//   if (!decoder.null_paths().empty()) return Validate(request, decoder.null_paths());
//
// A well-formed value of the wrong kind is SerializationException; the first one in the text wins.
// Members that the structure does not have are checked to be JSON and ignored, null is absent, and
// of two members of one name the last one counts. Constraints are not looked at.
//
// The text is indexed and checked for UTF-8 by simdjson, in vectors; then it is walked once, and
// values go straight into the structure. Views in it (the data and keys of puts) point into the
// decoder.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_JSON_DECODER_H_
#define KINESIS_CORE_API_JSON_INTERNAL_JSON_DECODER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/internal/constraint_failures.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_record_operations.h"
#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/api/json/internal/serialization_errors.h"
#include "kinesis_core/api/record_list.h"
#include "kinesis_core/api/text_or.h"
#include "simdjson.h"

namespace kinesis::api::internal {

// Longer text is refused. The service's largest request, 10 MiB of records, is a quarter of it.
inline constexpr size_t kJsonBytesMax = size_t{64} << 20;
// Brackets within brackets beyond this are refused. The service's requests need three.
inline constexpr int kJsonDepthMax = 64;
// Elements of a list, or entries of a map, that become values. The service's requests have 500.
inline constexpr size_t kJsonElementsMax = 10'000;
// A list that goes on after its first element has room at once for as many as the last, at most so
// many.
inline constexpr size_t kListReservedMax = 500;

// What a decoder reads. A request keeps the text of its members, right or wrong, as the service
// quotes it back; in an answer, text that has a typed form becomes that.
enum class JsonRole { kRequests, kAnswers };

// Thread-compatible.
class JsonDecoder {
 public:
  explicit JsonDecoder(JsonRole role = JsonRole::kRequests) : role_(role) {}
  JsonDecoder(const JsonDecoder&) = delete;
  JsonDecoder& operator=(const JsonDecoder&) = delete;

  // Sets `structure`, which is new, from the text. Views in it are valid until the next call.
  template <HasSchema T>
  absl::Status Decode(std::string_view json, T* structure) {
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (IsNullText(json)) return absl::OkStatus();
    if (!Open(json, &document) || !OpenRoot(document, &object) ||
        !DecodeMembers(object, structure, nullptr, 1) || !Close(document)) {
      return TakeStatus();
    }
    return absl::OkStatus();
  }

  // The places in the last text where null stood as an element of a list or a value of a map, which
  // the C++ types cannot be without. The structure has an empty value there. For Validate().
  std::span<const std::string> null_paths() const { return null_paths_; }

 private:
  using Json = simdjson::ondemand::value;

  // --- The text as a whole. All return false after a failure and leave its status in status_.

  // Clears null_paths_.
  bool IsNullText(std::string_view json);
  bool Open(std::string_view json, simdjson::ondemand::document* document);
  bool OpenRoot(simdjson::ondemand::document& document, simdjson::ondemand::object* object);
  bool Close(simdjson::ondemand::document& document);
  absl::Status TakeStatus() { return std::exchange(status_, absl::OkStatus()); }
  bool Fail(absl::Status status);
  bool Fail(simdjson::error_code error);

  // --- Single values. Each wants one kind of JSON and fails on another.

  // The kind of `json`; nothing if it is null.
  bool Kind(Json& json, std::optional<JsonKind>* kind);
  // Whether it is null, which it may be.
  bool IsNull(Json& json, bool* is_null) {
    // Most are not, which the first character tells.
    *is_null = false;
    if (*json.raw_json_token().data() != 'n') [[likely]] {
      return true;
    }
    const auto error = json.is_null().get(*is_null);
    return error == simdjson::SUCCESS || Fail(error);
  }
  bool FailKind(Json& json, ShapeKind wanted);
  bool ReadText(Json& json, ShapeKind wanted, std::string_view* text);
  // What is between the quotes if `json` looks like a string; it may have escapes.
  static std::optional<std::string_view> Quoted(Json& json);
  bool ReadBlob(Json& json, std::string_view* bytes);
  bool ReadNumberToken(Json& json, ShapeKind wanted, std::string_view* token);
  bool ReadInteger(Json& json, ShapeKind wanted, int64_t* value);
  bool ReadTime(Json& json, absl::Time* time);
  bool ReadBoolean(Json& json, bool* value);
  bool OpenObject(Json& json, ShapeKind wanted, int depth, simdjson::ondemand::object* object) {
    if (depth >= kJsonDepthMax) return FailDepth();
    const auto error = json.get_object().get(*object);
    if (error == simdjson::SUCCESS) [[likely]] {
      return true;
    }
    return error == simdjson::INCORRECT_TYPE ? FailKind(json, wanted) : Fail(error);
  }
  bool OpenList(Json& json, int depth, simdjson::ondemand::array* list);
  bool ReadField(simdjson::simdjson_result<simdjson::ondemand::field> result,
                 simdjson::ondemand::field* field) {
    const auto error = std::move(result).get(*field);
    return error == simdjson::SUCCESS || Fail(error);
  }
  // The member's name, without escapes.
  bool ReadKey(simdjson::ondemand::field& field, std::string_view* key);
  bool FailElements();
  bool FailNumber();
  bool FailDepth();
  bool ReadElement(simdjson::simdjson_result<Json> result, Json* element) {
    if (const auto error = result.error()) return Fail(error);
    *element = result.value_unsafe();
    return true;
  }
  // Checks that it is JSON, of any kind.
  bool Skip(Json& json, int depth);
  bool SkipObject(Json& json, int depth);
  bool SkipList(Json& json, int depth);

  // --- Values by the type that they are for. None of them is null. `path` is where they stand.

  bool DecodeValue(Json& json, const Shape&, bool* value, const MemberPath&, int) {
    return ReadBoolean(json, value);
  }
  bool DecodeValue(Json& json, const Shape& shape, int64_t* value, const MemberPath&, int) {
    return ReadInteger(json, shape.kind, value);
  }
  bool DecodeValue(Json& json, const Shape& shape, int32_t* value, const MemberPath&, int) {
    int64_t wide = 0;
    if (!ReadInteger(json, shape.kind, &wide)) return false;
    using Limits = std::numeric_limits<int32_t>;
    *value = static_cast<int32_t>(std::clamp<int64_t>(wide, Limits::min(), Limits::max()));
    return true;
  }
  bool DecodeValue(Json& json, const Shape&, absl::Time* time, const MemberPath&, int) {
    return ReadTime(json, time);
  }
  template <HasSchema T>
  bool DecodeValue(Json& json, const Shape& shape, T* structure, const MemberPath& path,
                   int depth) {
    simdjson::ondemand::object object;
    return OpenObject(json, shape.kind, depth, &object) &&
           DecodeMembers(object, structure, &path, depth + 1);
  }
  template <class T>
  bool DecodeValue(Json& json, const Shape& shape, std::vector<T>* list, const MemberPath& path,
                   int depth);
  bool DecodeValue(Json& json, const Shape& shape, std::map<std::string, std::string>* map,
                   const MemberPath& path, int depth);
  // The list has copies.
  bool DecodeValue(Json& json, const Shape& shape, RecordList* list, const MemberPath& path,
                   int depth);
  // All that is text on the wire.
  template <class T>
  bool DecodeValue(Json& json, const Shape& shape, T* value, const MemberPath&, int) {
    std::string_view text;
    if (shape.kind == ShapeKind::kBlob ? !ReadBlob(json, &text)
                                       : !ReadText(json, shape.kind, &text)) {
      return false;
    }
    return AssignText(text, value);
  }

  // Requests take text as it is. Values that only responses carry have to parse.
  template <class T>
  bool AssignText(std::string_view text, TextOr<T>* value) {
    std::optional<T> typed;
    if (role_ == JsonRole::kAnswers) typed = ParseWireText<T>(text);
    *value = typed ? TextOr<T>(*typed) : TextOr<T>(text);
    return true;
  }
  template <class T>
  bool AssignText(std::string_view text, T* value) {
    if constexpr (std::is_constructible_v<T, std::string_view>) {
      *value = T(text);
    } else {
      const std::optional<T> parsed = ParseWireText<T>(text);
      if (!parsed.has_value()) return Fail(MalformedJson("a value of no known form"));
      *value = *parsed;
    }
    return true;
  }

  // A value to decode into. Some types have no default but their text.
  template <class T>
  static T Blank() {
    if constexpr (std::is_default_constructible_v<T>) {
      return T{};
    } else {
      return T(std::string_view());
    }
  }

  // --- Structures

  template <class T>
  bool DecodeMember(Json& json, const Shape& shape, std::optional<T>* value, const MemberPath& path,
                    int depth) {
    bool is_null = false;
    if (!IsNull(json, &is_null)) return false;
    value->reset();
    if (is_null) return true;
    value->emplace(Blank<T>());
    return DecodeValue(json, shape, &**value, path, depth);
  }
  template <class T>
  bool DecodeMember(Json& json, const Shape& shape, T* value, const MemberPath& path, int depth) {
    bool is_null = false;
    if (!IsNull(json, &is_null)) return false;
    *value = Blank<T>();
    return is_null || DecodeValue(json, shape, value, path, depth);
  }

  static constexpr bool HoldsOthers(ShapeKind kind) {
    return kind == ShapeKind::kList || kind == ShapeKind::kMap || kind == ShapeKind::kStructure;
  }

  // Decodes the member's value if `is_named` says so of its name, and returns that; *ok is false
  // then if the value was wrong.
  template <class T, class Member, class IsNamed>
  bool DecodeIfNamed(const Member& member, const IsNamed& is_named, Json& json, T* structure,
                     const MemberPath* parent, int depth, bool* ok) {
    if (!is_named(member.name)) return false;
    if constexpr (Member::kShape.kind == ShapeKind::kEventStream) {
      *ok = Skip(json, depth);
    } else {
      const MemberPath path{parent, member.name};
      if constexpr (HoldsOthers(Member::kShape.kind)) {
        if (!null_paths_.empty()) ForgetNulls(path);
      }
      *ok = DecodeMember(json, member.kShape, &member.Of(*structure), path, depth);
    }
    return true;
  }

  // Decodes the value of the member that is so named, if the structure has one.
  template <HasSchema T, class IsNamed>
  bool DecodeNamed(const IsNamed& is_named, Json& json, T* structure, const MemberPath* parent,
                   int depth, bool* ok) {
    return std::apply(
        [&](const auto&... members) {
          return (DecodeIfNamed(members, is_named, json, structure, parent, depth, ok) || ...);
        },
        Schema<T>::kMembers);
  }

  template <HasSchema T>
  bool DecodeMembers(simdjson::ondemand::object& object, T* structure, const MemberPath* parent,
                     int depth) {
    for (auto result : object) {
      simdjson::ondemand::field field;
      if (!ReadField(std::move(result), &field)) return false;
      bool ok = true;
      // Names hardly ever have escapes: compared as they stand in the text, they need no copy. The
      // comparison is safe up to the text's padding, and longer names are compared byte by byte.
      const simdjson::ondemand::raw_json_string raw = field.key();
      const auto is_plainly = [raw](std::string_view name) { return raw.unsafe_is_equal(name); };
      if (!DecodeNamed(is_plainly, field.value(), structure, parent, depth, &ok) &&
          !DecodeEscaped(field, structure, parent, depth, &ok)) {
        return false;
      }
      if (!ok) return false;
    }
    return true;
  }

  // A member whose name is none of the structure's, unless without its escapes: then decodes it,
  // and else skips its value. *ok is false if that was wrong. False if the name was.
  template <HasSchema T>
  bool DecodeEscaped(simdjson::ondemand::field& field, T* structure, const MemberPath* parent,
                     int depth, bool* ok) {
    std::string_view key;
    if (!ReadKey(field, &key)) return false;
    const auto is_key = [key](std::string_view name) { return name == key; };
    if (!DecodeNamed(is_key, field.value(), structure, parent, depth, ok)) {
      *ok = Skip(field.value(), depth);
    }
    return true;
  }

  // A member of this name was there before and had these.
  void ForgetNulls(const MemberPath& path);

  const JsonRole role_;
  simdjson::ondemand::parser parser_;
  std::vector<char> text_;   // the JSON, padded as simdjson wants it
  std::vector<char> bytes_;  // of blobs, one after the other
  char* bytes_end_ = nullptr;
  size_t last_list_size_ = 0;  // of the last list of any member
  std::vector<std::string> null_paths_;
  absl::Status status_;
};

template <class T>
bool JsonDecoder::DecodeValue(Json& json, const Shape& shape, std::vector<T>* list,
                              const MemberPath& path, int depth) {
  simdjson::ondemand::array elements;
  if (!OpenList(json, depth, &elements)) return false;
  for (auto result : elements) {
    Json element;
    bool is_null = false;
    if (!ReadElement(result, &element) || !IsNull(element, &is_null)) return false;
    if (list->size() == kJsonElementsMax) return FailElements();
    // Mostly as many as before: then nothing moves while the list grows.
    if (list->size() == 1) list->reserve(std::min(last_list_size_, kListReservedMax));
    if constexpr (std::is_default_constructible_v<T>) {
      list->emplace_back();
    } else {
      list->push_back(Blank<T>());
    }
    const MemberPath at{&path, {}, list->size()};
    if (is_null) {
      null_paths_.push_back(at.ToString());
    } else if (!DecodeValue(element, *shape.element, &list->back(), at, depth + 1)) {
      return false;
    }
  }
  return true;
}

inline bool JsonDecoder::DecodeValue(Json& json, const Shape& shape, RecordList* list,
                                     const MemberPath& path, int depth) {
  std::vector<Record> records;
  if (!DecodeValue(json, shape, &records, path, depth)) return false;
  *list = RecordList::CopyOf(records);
  return true;
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_JSON_DECODER_H_
