// Walks the descriptions of all requests and makes, for each constraint of each member, calls that
// break it by the least possible and calls that just keep it. What the service says is worded here
// once more, apart from the library's own words.
#include <algorithm>
#include <climits>
#include <map>
#include <memory>
#include <regex>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"

namespace kinesis::api::testing {
namespace {

using internal::Shape;
using internal::ShapeKind;
using Strings = std::vector<std::string>;

// --- What the service says -----------------------------------------------------------------------

std::string LengthText(const char* side, int64_t bound) {
  return std::string("Member must have length ") + side + " than or equal to " +
         std::to_string(bound);
}
std::string ValueText(const char* side, int64_t bound) {
  return std::string("Member must have value ") + side + " than or equal to " +
         std::to_string(bound);
}
std::string PatternText(const Shape& shape) {
  return "Member must satisfy regular expression pattern: " + std::string(shape.pattern->text());
}
std::string EnumText(const Shape& shape) {
  // The only one whose order in messages is known not to be the model's.
  if (shape.name == "ShardIteratorType") {
    return "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, "
           "AT_SEQUENCE_NUMBER, TRIM_HORIZON]";
  }
  std::string names;
  for (const std::string_view name : shape.enum_values) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return "Member must satisfy enum value set: [" + names + "]";
}

int64_t Characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

bool Matches(const Shape& shape, const std::string& text) {
  return std::regex_match(text, std::regex(std::string(shape.pattern->text())));
}

// The constraints that `text` breaks.
Strings BrokenByText(const Shape& shape, const std::string& text) {
  Strings broken;
  if (shape.pattern != nullptr && !Matches(shape, text)) broken.push_back(PatternText(shape));
  const int64_t length = Characters(text);
  if (shape.min && length < *shape.min) broken.push_back(LengthText("greater", *shape.min));
  if (shape.max && length > *shape.max) broken.push_back(LengthText("less", *shape.max));
  const auto& values = shape.enum_values;
  if (!values.empty() && std::find(values.begin(), values.end(), text) == values.end()) {
    broken.push_back(EnumText(shape));
  }
  return broken;
}

Strings BrokenByCount(const Shape& shape, int64_t count) {
  if (shape.min && count < *shape.min) return {LengthText("greater", *shape.min)};
  if (shape.max && count > *shape.max) return {LengthText("less", *shape.max)};
  return {};
}

Strings BrokenByNumber(const Shape& shape, int64_t value) {
  if (shape.min && value < *shape.min) return {ValueText("greater", *shape.min)};
  if (shape.max && value > *shape.max) return {ValueText("less", *shape.max)};
  return {};
}

// The part of a message that lists the constraints of an element of a list, or of a key or value of
// a map.
std::string ElementText(const Shape& shape) {
  Strings parts;
  if (shape.max) parts.push_back(LengthText("less", *shape.max));
  if (shape.min) parts.push_back(LengthText("greater", *shape.min));
  if (!shape.enum_values.empty()) parts.push_back(EnumText(shape));
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : ", ") + part;
  return "[" + all + "]";
}

// As much as a message shows of a value.
std::string Quoted(const std::string& text) {
  constexpr size_t kShownBytesMax = 1024;
  const bool cut = text.size() > kShownBytesMax;
  return "'" + text.substr(0, kShownBytesMax) + (cut ? "...'" : "'");
}

std::string ShownMap(const TagMap& map) {
  std::string text;
  for (const auto& [key, value] : map) text += (text.empty() ? "" : ", ") + key + "=" + value;
  return Quoted("{" + text + "}");
}

std::string ShownList(const Strings& elements) {
  std::string text;
  for (const std::string& element : elements) text += (text.empty() ? "" : ", ") + element;
  return Quoted("[" + text + "]");
}

std::string Message(const std::string& path, const std::string& shown, const Strings& broken) {
  std::string text = std::to_string(broken.size()) + " validation error" +
                     (broken.size() == 1 ? "" : "s") + " detected: ";
  for (size_t i = 0; i < broken.size(); ++i) {
    text += (i == 0 ? "" : "; ") + ("Value " + shown + " at " + Quoted(path)) +
            " failed to satisfy constraint: " + broken[i];
  }
  return text;
}

// --- Values --------------------------------------------------------------------------------------

// Text of that many characters that keeps the pattern, where one of that length can.
std::string TextOfLength(const Shape& shape, int64_t length) {
  const std::string pattern(shape.pattern == nullptr ? "" : shape.pattern->text());
  std::string begin;
  std::string end;
  if (pattern.find("consumer") != std::string::npos) {
    begin = SampleWorld::ArnOf("orders/consumer/");
    end = ":1";
  } else if (pattern.find("arn:") != std::string::npos) {
    begin = SampleWorld::ArnOf("");
  } else if (pattern.find("{20}") != std::string::npos) {
    end = "-aaa";
  }
  const auto fixed = static_cast<int64_t>(begin.size() + end.size());
  if (length < fixed) return std::string(static_cast<size_t>(length), 'a');
  return begin + std::string(static_cast<size_t>(length - fixed), 'a') + end;
}

// Texts of which each breaks that pattern in its own way; or just keeps it.
Strings TextsAroundPattern(const Shape& shape) {
  const std::string pattern(shape.pattern->text());
  if (pattern.find("consumer") != std::string::npos) {
    return {"orders", SampleWorld::ArnOf("orders"), SampleWorld::ArnOf("orders/consumer/billing"),
            SampleWorld::ArnOf("orders/consumer/bil ling:1"),
            "x" + SampleWorld::ArnOf("orders/consumer/billing:1")};
  }
  if (pattern.find("arn:") != std::string::npos) {
    return {"orders", "arn:aws:kinesis:us-east-1:00000000000:stream/orders",
            "arn:aws:kinesis:us-east-1:000000000000:stream/",
            "arn:aws:s3:us-east-1:000000000000:stream/orders", SampleWorld::ArnOf("or ders")};
  }
  if (pattern.find("{20}") != std::string::npos) {
    return {"aaaaaaaaaaaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAAAAAAA-aaa", "aaaaaaaaaaaaaaaaaaa-aaaa"};
  }
  if (pattern.find("[1-9]") == std::string::npos) return {"a b", "a/b", "\xC3\xBC", "a\n"};
  const bool hash_key = pattern.find("38") != std::string::npos;
  const size_t digits = hash_key ? 39 : 129;
  return {
      "", "01", "-1", "1a", " 1", "0x1", std::string(digits, '9'), std::string(digits + 1, '9')};
}

// --- Cases ---------------------------------------------------------------------------------------

// Which member a case is about.
struct MemberName {
  std::string operation;
  std::string label;  // "StreamModeDetails_StreamMode"
  std::string path;   // "streamModeDetails.streamMode"

  MemberName Of(std::string_view name) const {
    std::string lower(name);
    lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
    return {operation, label + "_" + std::string(name), path + (path.empty() ? "" : ".") + lower};
  }
  MemberName First() const { return {operation, label, path + ".1.member"}; }
};

// Every constraint text of a member, as a message would have it.
Strings ReasonsOf(const std::string& path, const Shape& shape) {
  const bool number = shape.kind == ShapeKind::kInteger || shape.kind == ShapeKind::kLong;
  Strings texts;
  if (shape.min) {
    texts.push_back(number ? ValueText("greater", *shape.min) : LengthText("greater", *shape.min));
  }
  if (shape.max) {
    texts.push_back(number ? ValueText("less", *shape.max) : LengthText("less", *shape.max));
  }
  if (shape.pattern != nullptr) texts.push_back(PatternText(shape));
  if (!shape.enum_values.empty()) texts.push_back(EnumText(shape));
  for (std::string& text : texts) {
    text = "at " + Quoted(path) + " failed to satisfy constraint: " + text;
  }
  return texts;
}

// The cases of one operation. `Locate` is a function from a request to a place in it.
template <class Traits>
class CaseMaker {
 public:
  using Request = typename Traits::Request;

  explicit CaseMaker(std::vector<BadInputCase>* cases) : cases_(cases) {}

  void AddAll() {
    const MemberName name{std::string(ToText(Traits::kOperation)), "", ""};
    AddMembers<Request>(name, [](Request& request) -> Request& { return request; });
  }

 private:
  // The change that a case makes to a request. The function holds the bytes that the request then
  // refers to.
  using Change = std::function<void(Request&)>;

  void Add(const MemberName& name, const std::string& kind, Change change, const std::string& shown,
           const Strings& broken, const Strings& reasons) {
    BadInputCase added;
    added.name = name.operation + name.label + "_" + kind;
    added.call = [change = std::move(change)](SampleWorld& world) {
      auto request = CompleteRequest<Request>(world);
      change(request);
      return StatusOf((world.client().*Traits::kMethod)(request));
    };
    if (broken.empty()) {
      added.reasons = reasons;
    } else {
      added.error = ErrorType::kValidation;
      added.message = Message(name.path, shown, broken);
    }
    cases_->push_back(std::move(added));
  }

  template <class Structure, class Locate>
  void AddMembers(const MemberName& name, const Locate& locate) {
    internal::ForEachMember<Structure>([&](const auto& member) {
      using M = std::remove_cvref_t<decltype(member)>;
      const MemberName path = name.Of(member.name);
      const auto place = [locate](Request & request) -> auto& { return M::Of(locate(request)); };
      if (M::kRequired) {
        const Change reset = [place](Request& request) { place(request).reset(); };
        Add(path, "Missing", reset, "null", {"Member must not be null"}, {});
      }
      using Type = typename M::template TypeIn<Structure>::value_type;
      AddValues<Type>(path, M::kShape, place);
    });
  }

  template <class Type, class Place>
  void AddValues(const MemberName& name, const Shape& shape, const Place& place) {
    if constexpr (internal::Textual<Type>) {
      AddTexts(name, shape, [place](Request& request, const std::string& text) {
        place(request).emplace(std::string_view(text));
      });
    } else if constexpr (std::is_same_v<Type, int32_t>) {
      AddNumbers(name, shape, place);
    } else if constexpr (std::is_same_v<Type, TagMap>) {
      AddMaps(name, shape, place);
    } else if constexpr (internal::HasSchema<Type>) {
      AddMembers<Type>(name, [place](Request& request) -> Type& { return place(request).value(); });
    } else if constexpr (requires { typename Type::value_type; }) {
      AddLists<typename Type::value_type>(name, shape, place);
    }  // no boolean and no time is wrong
  }

  // --- Text and blobs

  // The text outlives the call, as a request may refer to it.
  template <class Set>
  void AddText(const MemberName& name, const std::string& kind, const Shape& shape, const Set& set,
               std::string text) {
    const bool blob = shape.kind == ShapeKind::kBlob;
    const std::string size = std::to_string(text.size());
    const std::string shown =
        Quoted(blob ? "java.nio.HeapByteBuffer[pos=0 lim=" + size + " cap=" + size + "]" : text);
    const Strings broken =
        blob ? BrokenByCount(shape, static_cast<int64_t>(text.size())) : BrokenByText(shape, text);
    const auto held = std::make_shared<const std::string>(std::move(text));
    Add(
        name, kind, [set, held](Request& request) { set(request, *held); }, shown, broken,
        ReasonsOf(name.path, shape));
  }

  template <class Set>
  void AddTexts(const MemberName& name, const Shape& shape, const Set& set) {
    const auto add_length = [&](const char* kind, int64_t length) {
      AddText(name, kind, shape, set, TextOfLength(shape, length));
    };
    if (shape.min && *shape.min > 0) add_length("BelowMin", *shape.min - 1);
    if (shape.min) add_length("AtMin", *shape.min);
    if (shape.max) add_length("AtMax", *shape.max);
    if (shape.max) add_length("AboveMax", *shape.max + 1);
    if (shape.pattern != nullptr) {
      int number = 0;
      for (const std::string& text : TextsAroundPattern(shape)) {
        AddText(name, "Pattern" + std::to_string(number++), shape, set, text);
      }
    }
    if (!shape.enum_values.empty()) {
      AddText(name, "Enum", shape, set, "NO_SUCH_VALUE");
      AddText(name, "EnumEmpty", shape, set, "");
      AddText(name, "EnumCase", shape, set, "k" + std::string(shape.enum_values[0]));
    }
    if (shape.kind == ShapeKind::kString && shape.pattern == nullptr && shape.max) {
      AddText(name, "AtMaxInCharacters", shape, set, Umlauts(*shape.max));
      AddText(name, "AboveMaxInCharacters", shape, set, Umlauts(*shape.max + 1));
    }
  }

  static std::string Umlauts(int64_t count) {
    std::string text;
    for (int64_t i = 0; i < count; ++i) text += "\xC3\xBC";
    return text;
  }

  // --- Numbers

  template <class Place>
  void AddNumbers(const MemberName& name, const Shape& shape, const Place& place) {
    const auto add = [&](const char* kind, int64_t value) {
      Add(
          name, kind,
          [place, value](Request& request) { place(request) = static_cast<int32_t>(value); },
          Quoted(std::to_string(value)), BrokenByNumber(shape, value), ReasonsOf(name.path, shape));
    };
    if (shape.min) {
      add("BelowMin", *shape.min - 1);
      add("AtMin", *shape.min);
      add("Lowest", INT32_MIN);
    }
    if (shape.max) {
      add("AtMax", *shape.max);
      add("AboveMax", *shape.max + 1);
      add("Highest", INT32_MAX);
    }
  }

  // --- Maps

  template <class Place>
  void AddMap(const MemberName& name, const std::string& kind, const Shape& shape,
              const Place& place, const TagMap& map) {
    Strings broken = BrokenByCount(shape, static_cast<int64_t>(map.size()));
    for (const auto& [key, value] : map) {
      if (!BrokenByText(*shape.key, key).empty()) {
        broken.push_back("Map keys must satisfy constraint: " + ElementText(*shape.key));
      }
      if (!BrokenByText(*shape.element, value).empty()) {
        broken.push_back("Map value must satisfy constraint: " + ElementText(*shape.element));
      }
    }
    Add(
        name, kind, [place, map](Request& request) { place(request) = map; }, ShownMap(map), broken,
        ReasonsOf(name.path, shape));
  }

  template <class Place>
  void AddMaps(const MemberName& name, const Shape& shape, const Place& place) {
    const auto of_size = [](int64_t size) {
      TagMap map;
      for (int64_t i = 0; i < size; ++i) map["key" + std::to_string(i)] = "value";
      return map;
    };
    AddMap(name, "BelowMin", shape, place, of_size(*shape.min - 1));
    AddMap(name, "AtMin", shape, place, of_size(*shape.min));
    AddMap(name, "AtMax", shape, place, of_size(*shape.max));
    AddMap(name, "AboveMax", shape, place, of_size(*shape.max + 1));
    const auto text = [](int64_t length) { return std::string(static_cast<size_t>(length), 'a'); };
    const Shape& key = *shape.key;
    AddMap(name, "KeyBelowMin", shape, place, {{text(*key.min - 1), "value"}});
    AddMap(name, "KeyAtMax", shape, place, {{text(*key.max), "value"}});
    AddMap(name, "KeyAboveMax", shape, place, {{text(*key.max + 1), "value"}});
    const Shape& value = *shape.element;
    AddMap(name, "ValueAtMin", shape, place, {{"key", text(*value.min)}});
    AddMap(name, "ValueAtMax", shape, place, {{"key", text(*value.max)}});
    AddMap(name, "ValueAboveMax", shape, place, {{"key", text(*value.max + 1)}});
  }

  // --- Lists

  template <class Element, class Place>
  void AddLists(const MemberName& name, const Shape& shape, const Place& place) {
    const auto add_size = [&](const char* kind, int64_t size) {
      const auto count = static_cast<size_t>(size);
      Add(
          name, kind,
          [place, count](Request& request) {
            const Element first = place(request)->at(0);
            place(request)->assign(count, first);
          },
          ShownList(ShownElements<Element>(count)), BrokenByCount(shape, size),
          ReasonsOf(name.path, shape));
    };
    if (shape.min) add_size("BelowMin", *shape.min - 1);
    if (shape.min) add_size("AtMin", *shape.min);
    if (shape.max) add_size("AtMax", *shape.max);
    if (shape.max) add_size("AboveMax", *shape.max + 1);
    if constexpr (internal::Textual<Element>) {
      AddElements(name, *shape.element, place);
    } else {
      AddMembers<Element>(name.First(),
                          [place](Request& request) -> Element& { return place(request)->at(0); });
    }
  }

  // The elements of the sample's list, repeated, as a message shows them.
  template <class Element>
  static Strings ShownElements(size_t count) {
    Strings shown;
    for (size_t i = 1; i <= count; ++i) {
      if constexpr (internal::HasSchema<Element>) {
        shown.push_back("com.amazonaws.kinesis.v20131202." +
                        std::string(internal::Schema<Element>::kName) + "@" + std::to_string(i));
      } else {
        shown.emplace_back(std::is_same_v<Element, std::string> ? "team" : "ALL");
      }
    }
    return shown;
  }

  template <class Place>
  void AddElements(const MemberName& name, const Shape& shape, const Place& place) {
    const auto add = [&](const char* kind, const std::string& text) {
      Strings broken;
      if (!BrokenByText(shape, text).empty()) {
        broken.push_back("Member must satisfy constraint: " + ElementText(shape));
      }
      Add(name, kind, [place, text](Request& request) { place(request)->at(0) = text; },
          ShownList({text}), broken,
          {"at " + Quoted(name.path) + " failed to satisfy constraint: Member must satisfy"});
    };
    if (shape.min) add("ElementBelowMin", std::string(static_cast<size_t>(*shape.min - 1), 'a'));
    if (shape.max) add("ElementAtMax", std::string(static_cast<size_t>(*shape.max), 'a'));
    if (shape.max) add("ElementAboveMax", std::string(static_cast<size_t>(*shape.max + 1), 'a'));
    if (!shape.enum_values.empty()) add("ElementEnum", "NO_SUCH_VALUE");
  }

  std::vector<BadInputCase>* const cases_;
};

}  // namespace

std::vector<BadInputCase> ConstraintCases() {
  std::vector<BadInputCase> cases;
  internal::ForEachOperation(
      [&cases](auto traits) { CaseMaker<decltype(traits)>(&cases).AddAll(); });
  return cases;
}

}  // namespace kinesis::api::testing
