#include "kinesis_core/lab/plan_script.h"

#include <cmath>
#include <vector>

#include "kinesis_core/hash_key.h"

namespace kinesis::lab {
namespace {

constexpr double kSecondsPerCall = 30;

// The part of every script between its head and its calls.
constexpr char kFunctions[] = R"sh(
set -eu
if [ -z "${STREAM:-}" ]; then
  echo "usage: STREAM=name sh $0 [undo]" >&2
  exit 2
fi
aws="${AWS:-aws}"
pause="${PAUSE:-5}"

fail() {
  echo "$0: $1" >&2
  exit 1
}

# Waits until the stream is ACTIVE, 10 minutes at the most with the usual pause.
wait_active() {
  tries=0
  while :; do
    status=$("$aws" kinesis describe-stream-summary --stream-name "$STREAM" \
      --query StreamDescriptionSummary.StreamStatus --output text)
    [ "$status" != ACTIVE ] || return 0
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] || fail "the stream is still $status"
    sleep "$pause"
  done
}

# The open shard with exactly the hash keys $1 to $2, or nothing.
find_shard() {
  "$aws" kinesis list-shards --stream-name "$STREAM" --shard-filter Type=AT_LATEST --output text \
    --query 'Shards[].[ShardId,HashKeyRange.StartingHashKey,HashKeyRange.EndingHashKey]' |
    awk -v first="$1" -v last="$2" '$2 "" == first "" && $3 "" == last "" { print $1 }'
}

# split START END NEW_START BEFORE_NEW_START
split() {
  wait_active
  shard=$(find_shard "$1" "$2")
  if [ -z "$shard" ]; then
    if [ -n "$(find_shard "$1" "$4")" ] && [ -n "$(find_shard "$3" "$2")" ]; then
      echo "already split: [$1, $2]"
      return 0
    fi
    fail "no open shard has the hash keys [$1, $2]: the stream is not as the plan expects it"
  fi
  echo "split $shard at $3"
  "$aws" kinesis split-shard --stream-name "$STREAM" --shard-to-split "$shard" \
    --new-starting-hash-key "$3"
}

# merge START END ADJACENT_START ADJACENT_END
merge() {
  wait_active
  shard=$(find_shard "$1" "$2")
  adjacent=$(find_shard "$3" "$4")
  if [ -z "$shard" ] || [ -z "$adjacent" ]; then
    if [ -n "$(find_shard "$1" "$4")" ]; then
      echo "already merged: [$1, $4]"
      return 0
    fi
    fail "no open shards have [$1, $2] and [$3, $4]: the stream is not as the plan expects it"
  fi
  echo "merge $shard and $adjacent"
  "$aws" kinesis merge-shards --stream-name "$STREAM" --shard-to-merge "$shard" \
    --adjacent-shard-to-merge "$adjacent"
}
)sh";

std::string RangeText(const HashKeyRange& range) {
  return range.start().ToString() + " " + range.end().ToString();
}

std::string Function(const std::string& name, const SplitMergePlan& plan) {
  std::string text = "\n" + name + "() {\n";
  for (const SplitMergeStep& step : plan.steps) {
    if (step.kind == SplitMergeStep::Kind::kSplit) {
      text += "  split " + RangeText(step.range) + " " + step.new_start.ToString() + " " +
              step.new_start.Prev().ToString() + "\n";
    } else {
      text += "  merge " + RangeText(step.range) + " " + RangeText(step.adjacent) + "\n";
    }
  }
  return text + "  wait_active\n}\n";
}

}  // namespace

double PlanSeconds(size_t calls) { return kSecondsPerCall * static_cast<double>(calls); }

std::string PlanScript(const ShardMap& from, const SplitMergePlan& plan) {
  std::vector<HashKey> starts;
  for (const HashKeyRange& range : from.ranges()) starts.push_back(range.start());
  const SplitMergePlan undo = MakeSplitMergePlan(plan.result, starts);
  const auto minutes = static_cast<size_t>(std::ceil(PlanSeconds(plan.steps.size()) / 60));
  return "#!/bin/sh\n"
         "# From " +
         std::to_string(from.size()) + " shards to " + std::to_string(plan.result.size()) + " in " +
         std::to_string(plan.steps.size()) + " calls: about " + std::to_string(minutes) +
         " minutes, one call after the other. At most " + std::to_string(plan.shards_max) +
         "\n# shards are open on the way, which the account's limit has to leave room for.\n"
         "#\n"
         "#   STREAM=name sh plan.sh          makes the calls\n"
         "#   STREAM=name sh plan.sh undo     makes those that lead back\n" +
         std::string(kFunctions) + Function("apply_plan", plan) + Function("undo_plan", undo) +
         "\ncase \"${1:-apply}\" in\n"
         "  apply) apply_plan ;;\n"
         "  undo) undo_plan ;;\n"
         "  *) fail \"$1 is neither apply nor undo\" ;;\n"
         "esac\n";
}

}  // namespace kinesis::lab
