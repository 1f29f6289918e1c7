// Checks a request against the constraints of the service model, by its Schema alone: first whether
// it is right, and only if not, which constraints it breaks.
//
//   absl::Status status = Validate(request);
//
// All failures are collected, in order of the members' wire names, up to ten. A request without any
// costs no allocation.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_REQUEST_VALIDATION_H_
#define KINESIS_CORE_API_INTERNAL_REQUEST_VALIDATION_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/internal/constraint_failures.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api::internal {

// --- Single values -------------------------------------------------------------------------------

inline bool LengthSatisfies(const Shape& shape, size_t length) {
  return (!shape.min || length >= static_cast<uint64_t>(*shape.min)) &&
         (!shape.max || length <= static_cast<uint64_t>(*shape.max));
}

// Length bounds of text count characters, which takes a pass; most text needs none, as it cannot
// have more characters than bytes. Inlined, as TextSatisfies() is.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool TextLengthSatisfies(const Shape& shape,
                                                             std::string_view text) {
  const bool short_enough = !shape.max || text.size() <= static_cast<uint64_t>(*shape.max);
  const bool long_enough = !shape.min || (*shape.min <= 1 && !text.empty());
  return (short_enough && long_enough) || LengthSatisfies(shape, CharacterCount(text));
}

inline bool HasEnumValue(const Shape& shape, std::string_view text) {
  return std::find(shape.enum_values.begin(), shape.enum_values.end(), text) !=
         shape.enum_values.end();
}

// Whether text satisfies the constraints of its shape. Inlined, so that of a shape which the
// compiler knows only the constraints that it has are left.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool TextSatisfies(const Shape& shape, std::string_view text) {
  return TextLengthSatisfies(shape, text) &&
         (shape.pattern == nullptr || shape.pattern->Matches(text)) &&
         (shape.enum_values.empty() || HasEnumValue(shape, text));
}

// Adds each constraint of the shape that the value breaks.
void AddTextFailures(const MemberPath& path, const Shape& shape, std::string_view text,
                     ConstraintFailures* failures);
void AddBlobFailures(const MemberPath& path, const Shape& shape, size_t bytes,
                     ConstraintFailures* failures);
void AddNumberFailures(const MemberPath& path, const Shape& shape, int64_t value,
                       ConstraintFailures* failures);
// `shown` is the value as the message quotes it.
void AddLengthFailures(const MemberPath& path, const Shape& shape, size_t length,
                       std::string_view shown, ConstraintFailures* failures);

// Lists and maps as messages show them: "[a, b]", "{k=v}"; structures as Java does, by class and,
// where it would put a hash, the number in their list. No more of them than a message shows.
std::string ShownMap(const std::map<std::string, std::string>& map);
std::string ShownStructure(std::string_view name, size_t number);
template <class T>
std::string ShownList(const std::vector<T>& list) {
  std::string text = "[";
  for (size_t i = 0; i < list.size() && text.size() <= kShownBytesMax; ++i) {
    if (i > 0) text += ", ";
    if constexpr (Textual<T>) {
      text += ShownText(WireText(list[i]));
    } else {
      text += ShownStructure(Schema<T>::kName, i + 1);
    }
  }
  return text + "]";
}

// --- Whether a value is right --------------------------------------------------------------------
//
// Satisfies(shape, value), and Satisfies(structure) for all its members. Most requests are right,
// so this is all that most of them cost.

template <HasSchema T>
bool Satisfies(const T& structure);

// Inlined, as TextSatisfies() is, and for its reason: down to the members' shapes.

template <Textual T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Satisfies(const Shape& shape, const T& value) {
  const std::optional<std::string_view> text = TextToCheck(value);
  if (!text.has_value()) return true;
  return shape.kind == ShapeKind::kBlob ? LengthSatisfies(shape, text->size())
                                        : TextSatisfies(shape, *text);
}

template <std::signed_integral T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Satisfies(const Shape& shape, T value) {
  return (!shape.min || value >= *shape.min) && (!shape.max || value <= *shape.max);
}
// No value of these is wrong.
inline bool Satisfies(const Shape& /*shape*/, bool /*value*/) { return true; }
inline bool Satisfies(const Shape& /*shape*/, absl::Time /*value*/) { return true; }

template <HasSchema T>
bool Satisfies(const Shape& /*shape*/, const T& structure) {
  return Satisfies(structure);
}

template <class T>
bool Satisfies(const Shape& shape, const std::vector<T>& list) {
  return LengthSatisfies(shape, list.size()) &&
         std::all_of(list.begin(), list.end(),
                     [&shape](const T& value) { return Satisfies(*shape.element, value); });
}

bool Satisfies(const Shape& shape, const std::map<std::string, std::string>& map);

// A member that may be absent.
template <class T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool MemberSatisfies(const Shape& shape, bool required,
                                                         const std::optional<T>& value) {
  return value.has_value() ? Satisfies(shape, *value) : !required;
}
template <class T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool MemberSatisfies(const Shape& shape, bool /*required*/,
                                                         const T& value) {
  return Satisfies(shape, value);
}

template <HasSchema T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Satisfies(const T& structure) {
  return std::apply(
      [&structure]<class... M>(const M&...) {
        return (MemberSatisfies(M::kShape, M::kRequired, M::Of(structure)) && ...);
      },
      Schema<T>::kMembers);
}

// --- What is wrong with it -----------------------------------------------------------------------

class RequestChecker {
 public:
  // `null_paths` as for Validate(); it outlives the checker.
  explicit RequestChecker(std::span<const std::string> null_paths = {})
      : null_paths_(null_paths.begin(), null_paths.end()) {}

  template <HasSchema T>
  void CheckStructure(const T& structure, const MemberPath* parent) {
    ForEachMember<T>([&](const auto& member) {
      using M = std::remove_cvref_t<decltype(member)>;
      const MemberPath path{parent, member.name};
      Check(M::Of(structure), M::kShape, M::kRequired, path);
    });
  }

  ConstraintFailures& failures() { return failures_; }

 private:
  // Absent or present.
  template <class T>
  void Check(const std::optional<T>& value, const Shape& shape, bool required,
             const MemberPath& path) {
    if (value.has_value()) {
      Check(*value, shape, required, path);
    } else if (required) {
      failures_.AddNull(path.ToString());
    }
  }

  template <Textual T>
  void Check(const T& value, const Shape& shape, bool /*required*/, const MemberPath& path) {
    if (Satisfies(shape, value)) return;
    const std::string_view text = *TextToCheck(value);
    if (shape.kind == ShapeKind::kBlob) {
      AddBlobFailures(path, shape, text.size(), &failures_);
    } else {
      AddTextFailures(path, shape, text, &failures_);
    }
  }

  template <std::signed_integral T>
  void Check(T value, const Shape& shape, bool /*required*/, const MemberPath& path) {
    if (!Satisfies(shape, value)) AddNumberFailures(path, shape, value, &failures_);
  }
  void Check(bool, const Shape&, bool, const MemberPath&) {}
  void Check(absl::Time, const Shape&, bool, const MemberPath&) {}

  template <HasSchema T>
  void Check(const T& structure, const Shape& /*shape*/, bool /*required*/,
             const MemberPath& path) {
    CheckStructure(structure, &path);
  }

  template <class T>
  void Check(const std::vector<T>& list, const Shape& shape, bool required,
             const MemberPath& path) {
    if (!LengthSatisfies(shape, list.size())) {
      AddLengthFailures(path, shape, list.size(), QuotedText(ShownList(list)), &failures_);
    }
    if constexpr (Textual<T>) {
      for (size_t i = 0; i < list.size(); ++i) {
        if (Satisfies(*shape.element, list[i]) || IsNull(MemberPath{&path, {}, i + 1})) continue;
        failures_.Add(path.ToString(), QuotedText(ShownList(list)),
                      "Member must satisfy constraint: " + ConstraintsText(*shape.element));
        return;
      }
    } else {
      for (size_t i = 0; i < list.size(); ++i) {
        const MemberPath at{&path, {}, i + 1};
        if (!IsNull(at)) Check(list[i], *shape.element, required, at);
      }
    }
  }

  void Check(const std::map<std::string, std::string>& map, const Shape& shape, bool required,
             const MemberPath& path);

  // Whether nothing was given there, so that there is nothing to check.
  bool IsNull(const MemberPath& path) const {
    return !null_paths_.empty() && null_paths_.contains(path.ToString());
  }

  const std::set<std::string_view> null_paths_;
  ConstraintFailures failures_;
};

// The slow part of Validate, for a request that may be wrong. It is a function of its own to keep
// it off the path of the others.
template <HasSchema Request>
ABSL_ATTRIBUTE_NOINLINE absl::Status CheckRequest(const Request& request,
                                                  std::span<const std::string> null_paths) {
  RequestChecker checker(null_paths);
  checker.CheckStructure(request, nullptr);
  for (const std::string& path : null_paths) checker.failures().AddNull(path);
  if (checker.failures().empty()) return absl::OkStatus();
  return checker.failures().ToStatus();
}

// ValidationException if `request` breaks any constraint. `null_paths` names further places where
// nothing was given: elements of lists and values of maps, which the C++ types cannot be without.
template <HasSchema Request>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline absl::Status Validate(
    const Request& request, std::span<const std::string> null_paths = {}) {
  if (null_paths.empty() && Satisfies(request)) return absl::OkStatus();
  return CheckRequest(request, null_paths);
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_REQUEST_VALIDATION_H_
