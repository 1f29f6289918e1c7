// Completion of what a person types into kinesis_shell: operations, directives, the names of
// members and values of enumerations where the JSON so far has room for them, and the names of
// streams and shards that there are.
//
//   Complete("PutRec");                        // "PutRecord ", "PutRecords "
//   Complete(R"(CreateStream {StreamM)");      // "StreamModeDetails":
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_COMPLETION_H_
#define KINESIS_CORE_API_SHELL_COMPLETION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing {

// What a directive takes, as far as completion goes.
enum class DirectiveArgument {
  kNone,
  kWords,      // one of those that its usage lists: on|off
  kStream,     // the name of a stream, and then perhaps a shard
  kOperation,  // the name of an operation
  kSubscribe,  // the JSON of SubscribeToShard
  kOther,      // what nobody can guess
};

// The names that there are at the moment.
class CompletionNames {
 public:
  virtual ~CompletionNames() = default;

  virtual std::vector<std::string> Streams() const = 0;
  // The ids of the stream's shards; of all shards of all streams if the name is empty.
  virtual std::vector<std::string> ShardsOf(std::string_view stream) const = 0;
  // References to the last answer that `typed` can become: "$.ShardIterator".
  virtual std::vector<std::string> References(std::string_view typed) const = 0;
};

struct Completion {
  // Where in the line the word begins that a candidate replaces.
  size_t begin = 0;
  // In order. Each begins with what is there, but for case and the quotes around JSON's words.
  std::vector<std::string> candidates;

  // The beginning that all candidates have in common.
  std::string CommonPrefix() const;
};

// The candidates for the end of `line`, which is the text to the left of the cursor. Without
// `names`, none of streams, shards and references.
Completion Complete(std::string_view line, const CompletionNames* names = nullptr);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_COMPLETION_H_
