// "Did you mean": the name that somebody may have wanted to type.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_SUGGESTION_H_
#define KINESIS_CORE_API_SHELL_SUGGESTION_H_

#include <span>
#include <string>
#include <string_view>

namespace kinesis::testing {

// Compares letters of ASCII without regard to their case.
bool EqualsIgnoringCase(std::string_view one, std::string_view other);
bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix);

// The name that is nearest to `typed`: the same but for its case, one that begins with it, or one
// that a few letters make of it, one in four at most. Empty if none is near.
std::string_view NearestName(std::string_view typed, std::span<const std::string_view> names);

// "; did you mean 'NAME'?", or "" where there is nothing to mean.
std::string DidYouMean(std::string_view typed, std::span<const std::string_view> names);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SUGGESTION_H_
