#include "kinesis_core/api/json/internal/json_decoder.h"

#include <cstring>

#include "kinesis_core/api/json/internal/json_number.h"

namespace kinesis::api::internal {
namespace {

// Buffers that a text of this size needs are kept for the next one; larger ones are let go.
constexpr size_t kBytesKept = size_t{1} << 20;

constexpr std::string_view kBlanks = " \t\r\n";

inline std::string_view WithoutTrailingBlanks(std::string_view token) {
  if (!token.empty() && static_cast<unsigned char>(token.back()) > ' ') return token;
  const size_t last = token.find_last_not_of(kBlanks);
  return token.substr(0, last + 1);
}

}  // namespace

bool JsonDecoder::IsNullText(std::string_view json) {
  null_paths_.clear();
  const size_t first = json.find_first_not_of(kBlanks);
  return first != std::string_view::npos && WithoutTrailingBlanks(json.substr(first)) == "null";
}

bool JsonDecoder::Open(std::string_view json, simdjson::ondemand::document* document) {
  if (json.size() > kJsonBytesMax) {
    return Fail(MalformedJson("longer than " + std::to_string(kJsonBytesMax) + " bytes"));
  }
  if (text_.size() > kBytesKept && json.size() < kBytesKept) {
    parser_ = simdjson::ondemand::parser();
    text_ = {};
    bytes_ = {};
  }
  const size_t padded = json.size() + simdjson::SIMDJSON_PADDING;
  if (text_.size() < padded) {
    text_.resize(padded);
    bytes_.resize(padded);
  }
  bytes_end_ = bytes_.data();
  std::memcpy(text_.data(), json.data(), json.size());
  std::memset(text_.data() + json.size(), 0, simdjson::SIMDJSON_PADDING);
  const auto error = parser_.iterate(text_.data(), json.size(), text_.size()).get(*document);
  return error == simdjson::SUCCESS || Fail(error);
}

bool JsonDecoder::OpenRoot(simdjson::ondemand::document& document,
                           simdjson::ondemand::object* object) {
  simdjson::ondemand::json_type type;
  if (const auto error = document.type().get(type)) return Fail(error);
  switch (type) {
    case simdjson::ondemand::json_type::object: {
      const auto error = document.get_object().get(*object);
      return error == simdjson::SUCCESS || Fail(error);
    }
    case simdjson::ondemand::json_type::array:
      return Fail(WrongJsonKind(JsonKind::kList, ShapeKind::kStructure));
    default:
      return Fail(WrongJsonKind(JsonKind::kString, ShapeKind::kStructure));
  }
}

bool JsonDecoder::Close(simdjson::ondemand::document& document) {
  // Where there is a location, there is something.
  if (document.current_location().error() != simdjson::SUCCESS) return true;
  return Fail(simdjson::TRAILING_CONTENT);
}

bool JsonDecoder::Fail(absl::Status status) {
  status_ = std::move(status);
  return false;
}

bool JsonDecoder::Fail(simdjson::error_code error) {
  // Where the kind is known by the first letter, the rest of a literal can be wrong only.
  if (error == simdjson::INCORRECT_TYPE) return Fail(MalformedJson("no such literal"));
  // In words of our own, and few: which of its codes the library gives for a text is its business,
  // and may change.
  switch (error) {
    case simdjson::UTF8_ERROR:
      return Fail(MalformedJson("not UTF-8"));
    case simdjson::MEMALLOC:
      return Fail(MalformedJson("too long for the memory that there is"));
    default:
      return Fail(MalformedJson("not one whole and correct JSON text"));
  }
}

bool JsonDecoder::FailNumber() { return Fail(MalformedJson("no such number")); }

bool JsonDecoder::FailDepth() {
  return Fail(
      MalformedJson("more than " + std::to_string(kJsonDepthMax) + " brackets within each other"));
}

bool JsonDecoder::Kind(Json& json, std::optional<JsonKind>* kind) {
  simdjson::ondemand::json_type type;
  if (const auto error = json.type().get(type)) return Fail(error);
  switch (type) {
    case simdjson::ondemand::json_type::array:
      *kind = JsonKind::kList;
      break;
    case simdjson::ondemand::json_type::object:
      *kind = JsonKind::kObject;
      break;
    case simdjson::ondemand::json_type::number:
      *kind = JsonKind::kNumber;
      break;
    case simdjson::ondemand::json_type::string:
      *kind = JsonKind::kString;
      break;
    case simdjson::ondemand::json_type::boolean:
      *kind = JsonKind::kBoolean;
      break;
    case simdjson::ondemand::json_type::null:
      *kind = std::nullopt;
      break;
  }
  return true;
}

// A value that is not of the kind it looks like ("tru", "1.") is malformed, and not of a wrong
// kind.
bool JsonDecoder::FailKind(Json& json, ShapeKind wanted) {
  std::optional<JsonKind> kind;
  if (!Kind(json, &kind)) return false;
  const bool scalar = kind != JsonKind::kList && kind != JsonKind::kObject;
  if (kind == JsonKind::kString) {
    std::string_view text;
    if (const auto error = json.get_string().get(text)) return Fail(error);
    return Fail(WrongJsonKind(*kind, wanted, text));
  }
  if (scalar && !Skip(json, 0)) return false;
  return Fail(WrongJsonKind(kind.value_or(JsonKind::kObject), wanted));
}

std::optional<std::string_view> JsonDecoder::Quoted(Json& json) {
  const std::string_view token = WithoutTrailingBlanks(json.raw_json_token());
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return std::nullopt;
  return token.substr(1, token.size() - 2);
}

bool JsonDecoder::ReadText(Json& json, ShapeKind wanted, std::string_view* text) {
  const auto error = json.get_string().get(*text);
  if (error == simdjson::SUCCESS) return true;
  return error == simdjson::INCORRECT_TYPE ? FailKind(json, wanted) : Fail(error);
}

bool JsonDecoder::ReadBlob(Json& json, std::string_view* bytes) {
  Base64Result result;
  // As it stands in the text: what is base64 then has no escapes.
  const std::optional<std::string_view> quoted = Quoted(json);
  simdjson::ondemand::raw_json_string raw;
  if (quoted.has_value() &&
      (result = DecodeBase64(*quoted, bytes_end_)).problem == Base64Problem::kNone) {
    // Only to go on: it is a string.
    if (const auto error = json.get_raw_json_string().get(raw)) return Fail(error);
  } else {
    std::string_view text;
    if (!ReadText(json, ShapeKind::kBlob, &text)) return false;
    result = DecodeBase64(text, bytes_end_);
    if (result.problem != Base64Problem::kNone) return Fail(NoBase64(text, result));
  }
  *bytes = std::string_view(bytes_end_, result.size);
  bytes_end_ += result.size;
  return true;
}

bool JsonDecoder::ReadNumberToken(Json& json, ShapeKind wanted, std::string_view* token) {
  std::optional<JsonKind> kind;
  if (!Kind(json, &kind)) return false;
  if (kind != JsonKind::kNumber) return FailKind(json, wanted);
  *token = WithoutTrailingBlanks(json.raw_json_token());
  return true;
}

bool JsonDecoder::ReadInteger(Json& json, ShapeKind wanted, int64_t* value) {
  std::string_view token;
  if (!ReadNumberToken(json, wanted, &token)) return false;
  const std::optional<int64_t> number = TruncateJsonNumber(token);
  if (!number.has_value()) return FailNumber();
  *value = *number;
  return true;
}

bool JsonDecoder::ReadTime(Json& json, absl::Time* time) {
  std::string_view token;
  if (!ReadNumberToken(json, ShapeKind::kTimestamp, &token)) return false;
  const std::optional<int64_t> millis = MillisOfJsonSeconds(token);
  if (!millis.has_value()) return FailNumber();
  *time = absl::FromUnixMillis(*millis);
  return true;
}

bool JsonDecoder::ReadBoolean(Json& json, bool* value) {
  std::optional<JsonKind> kind;
  if (!Kind(json, &kind)) return false;
  if (kind != JsonKind::kBoolean) return FailKind(json, ShapeKind::kBoolean);
  const auto error = json.get_bool().get(*value);
  return error == simdjson::SUCCESS || Fail(error);
}

bool JsonDecoder::OpenList(Json& json, int depth, simdjson::ondemand::array* list) {
  if (depth >= kJsonDepthMax) return FailDepth();
  const auto error = json.get_array().get(*list);
  if (error == simdjson::SUCCESS) return true;
  return error == simdjson::INCORRECT_TYPE ? FailKind(json, ShapeKind::kList) : Fail(error);
}

bool JsonDecoder::ReadKey(simdjson::ondemand::field& field, std::string_view* key) {
  const auto error = field.unescaped_key().get(*key);
  return error == simdjson::SUCCESS || Fail(error);
}

bool JsonDecoder::FailElements() {
  return Fail(MalformedJson("more than " + std::to_string(kJsonElementsMax) +
                            " elements in a list or map"));
}

bool JsonDecoder::Skip(Json& json, int depth) {
  std::optional<JsonKind> kind;
  if (!Kind(json, &kind)) return false;
  if (!kind.has_value()) {
    bool is_null = false;
    return IsNull(json, &is_null);
  }
  std::string_view text;
  bool boolean = false;
  switch (*kind) {
    case JsonKind::kBoolean:
      return ReadBoolean(json, &boolean);
    case JsonKind::kNumber:
      return IsJsonNumber(WithoutTrailingBlanks(json.raw_json_token())) || FailNumber();
    case JsonKind::kString:
      return ReadText(json, ShapeKind::kString, &text);
    case JsonKind::kList:
      return SkipList(json, depth);
    case JsonKind::kObject:
      return SkipObject(json, depth);
  }
  return true;
}

bool JsonDecoder::SkipObject(Json& json, int depth) {
  simdjson::ondemand::object object;
  if (!OpenObject(json, ShapeKind::kStructure, depth, &object)) return false;
  for (auto result : object) {
    simdjson::ondemand::field field;
    std::string_view key;
    if (!ReadField(std::move(result), &field) || !ReadKey(field, &key)) return false;
    if (!Skip(field.value(), depth + 1)) return false;
  }
  return true;
}

bool JsonDecoder::SkipList(Json& json, int depth) {
  simdjson::ondemand::array list;
  if (!OpenList(json, depth, &list)) return false;
  for (auto result : list) {
    Json element;
    if (!ReadElement(result, &element) || !Skip(element, depth + 1)) return false;
  }
  return true;
}

bool JsonDecoder::DecodeValue(Json& json, const Shape& shape,
                              std::map<std::string, std::string>* map, const MemberPath& path,
                              int depth) {
  simdjson::ondemand::object object;
  if (!OpenObject(json, ShapeKind::kMap, depth, &object)) return false;
  for (auto result : object) {
    simdjson::ondemand::field field;
    std::string_view key;
    bool is_null = false;
    if (!ReadField(std::move(result), &field) || !ReadKey(field, &key) ||
        !IsNull(field.value(), &is_null)) {
      return false;
    }
    const auto [entry, is_new] = map->try_emplace(std::string(key));
    if (map->size() > kJsonElementsMax) return FailElements();
    const std::string at = path.ToString() + "." + entry->first + ".member";
    if (!is_new) std::erase(null_paths_, at);
    std::string& value = entry->second;
    value.clear();
    if (is_null) {
      null_paths_.push_back(at);
    } else if (!DecodeValue(field.value(), *shape.element, &value, path, depth + 1)) {
      return false;
    }
  }
  return true;
}

void JsonDecoder::ForgetNulls(const MemberPath& path) {
  const std::string prefix = path.ToString() + ".";
  std::erase_if(null_paths_,
                [&prefix](const std::string& null) { return null.starts_with(prefix); });
}

}  // namespace kinesis::api::internal
