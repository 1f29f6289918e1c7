// References to the last answer in the JSON of the next request: $.ShardIterator,
// $.Records[0].SequenceNumber, $.StreamDescription.Shards[-1].ShardId.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_REFERENCES_H_
#define KINESIS_CORE_API_SHELL_REFERENCES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kinesis::testing {

// `json` with what its references stand for in `answer`, which is JSON; $ alone is all of it.
// Strings are left alone, and so is text that is no JSON with references, or longer than
// kTypedBytesMax.
// kNotFound: the answer has no such member or element; the message says which there are.
absl::StatusOr<std::string> ExpandReferences(std::string_view json, std::string_view answer);

// The references that begin with `typed` and are longer by one member: "$.Sh" gives
// "$.ShardIterator".
std::vector<std::string> CompleteReference(std::string_view typed, std::string_view answer);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_REFERENCES_H_
