// FaultPlan: what goes wrong in a client, when, and how often; by script or by seed.
//
//   kinesis::SimulatedClock clock;
//   kinesis::api::FaultPlan faults(clock, /*seed=*/7);
//   auto client = kinesis::api::Client::Create({.faults = &faults}, {.clock = &clock}).value();
//
//   faults.ThrottleShard(ShardId(0), absl::Seconds(3));  // puts and reads of it, for 3 s
//   faults.FailPutsAtRandom(0.1);                        // each record with probability 0.1
//   faults.LoseNextAnswers(1);                           // stored, but the producer is not told
//   faults.AddScript("fail read with ExpiredIterator, 1 time");  // the same as text
//   CodeUnderTest(*client);
//   EXPECT_TRUE(Fine()) << faults;                       // the seed, the rules, what they did
//
// Code under test sees what the service would show it: the error's name, code and message. The same
// seed and the same calls in the same order give the same faults on every machine; threads that
// race for the client make the order their own. A subscription can be refused, fail between two
// events, or end before its time; its events themselves are left as they are.
#ifndef KINESIS_CORE_API_FAULT_PLAN_H_
#define KINESIS_CORE_API_FAULT_PLAN_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/export.h"
#include "kinesis_core/record.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/stream.h"

namespace kinesis::api {

// The fault that a rule makes of each occasion that it strikes. An occasion is a call, a record
// that is put, a GetRecords call, a subscription that is asked for its next event, or a change of
// state.
enum class FaultKind {
  kFailCall,         // a call answers with `error` and does nothing
  kFailPut,          // a record is refused with `error`; of PutRecords, it alone
  kLoseAnswer,       // a record is stored, and its put answers with `error` all the same
  kSplit,            // before a record is put, its shard is split in the middle
  kMerge,            // before a record is put, its shard is merged with a neighbour
  kRun,              // before a record is put, `run` is called
  kFailRead,         // GetRecords answers with `error`
  kShortPage,        // GetRecords returns at most `records_max` records, none if that is 0
  kFailEvent,        // a subscription ends with `error`: ShardSubscription::Next and Run return it
  kEndSubscription,  // a subscription ends before its time, without an error or children
  kDelayTransition,  // a stream or consumer takes `delay` longer to change its state
};

// One thing to go wrong. A value; members that a kind has no use for are ignored.
struct KINESIS_CORE_EXPORT FaultRule {
  static constexpr uint64_t kAlways = std::numeric_limits<uint64_t>::max();

  FaultKind kind = FaultKind::kFailCall;

  // --- Which occasions: all, if left out
  std::optional<Operation> operation = std::nullopt;  // kFailCall
  std::string stream = {};                            // not kDelayTransition
  std::optional<ShardId> shard = std::nullopt;        // puts, reads and events

  // --- When: `skip` of these pass, the others are struck each with `probability` (never at 0 or
  // --- less, always at 1 or more), until `times` were or it is `until` by the clock.
  uint64_t skip = 0;
  uint64_t times = kAlways;
  double probability = 1;
  absl::Time until = absl::InfiniteFuture();

  // --- What
  ErrorType error = ErrorType::kInternalFailure;
  uint64_t records_max = 0;
  absl::Duration delay = absl::ZeroDuration();
  std::function<void()> run = nullptr;

  // "fail put of shardId-000000000003 with InternalFailureException, 2 times after 5".
  std::string ToString() const;

  // The inverse of ToString, for rules that come as text: from a file, or from another language.
  //
  //   KIND [of OPERATION] [of stream NAME] [of SHARD] [with ERROR] [to N] [by DURATION]
  //   [, N times] [ after N] [, each with probability P] [, until TIME | , for DURATION]
  //
  // KIND is one of fail call, fail put, lose answer of put, split before put, merge before put,
  // fail read, shorten page, fail event, end subscription, delay transition. ERROR is a name of
  // errors.h, with or without "Exception"; a shard is its id; a duration is of Go's form ("3s",
  // "1.5h"), TIME of RFC 3339. What a kind has no use for is refused. `now` is where "for" begins.
  // kInvalidArgument: the text is none of these, and the message says at which words.
  static absl::StatusOr<FaultRule> Parse(std::string_view text, absl::Time now);
};
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const FaultRule& rule);

// Rules are asked in the order in which they were added. The first that strikes an occasion decides
// it, and those behind it do not see the occasion; a split, merge or run does not decide it.
//
// Thread-safe: all operations may run concurrently. `run` is called without a lock.
//
// Lifetime: the clock outlives the plan, which outlives the client. Cost: O(rules) for each
// occasion.
class KINESIS_CORE_EXPORT FaultPlan final : public FaultInjector {
 public:
  FaultPlan(const Clock& clock, uint64_t seed);

  uint64_t seed() const { return seed_; }

  void Add(FaultRule rule);
  // Adds the rules of a text, one a line, each as FaultRule::Parse has it. Empty lines and those
  // that begin with '#' are skipped. kInvalidArgument: a line is no rule, and the message has its
  // number; none of them is added then.
  absl::Status AddScript(std::string_view text);
  // Forgets the rules: nothing goes wrong any more. What they did stays on the list.
  void Clear();

  // --- Short forms of Add

  // Puts to and reads of a shard are refused with ProvisionedThroughputExceededException, for
  // `time` from now on.
  void ThrottleShard(ShardId shard, absl::Duration time);

  void FailNextCalls(Operation operation, uint64_t count,
                     ErrorType error = ErrorType::kInternalFailure);
  void FailCallsAtRandom(double probability, ErrorType error = ErrorType::kInternalFailure);

  // The records that are put next, singly or in PutRecords.
  void FailNextPuts(uint64_t count, ErrorType error = ErrorType::kInternalFailure);
  void FailPutsAtRandom(double probability, ErrorType error = ErrorType::kInternalFailure);

  // Whoever retries these puts stores the record twice, as with the service.
  void LoseNextAnswers(uint64_t count);
  void LoseAnswersAtRandom(double probability);

  // Just before the put of the record that follows after `skip` others. PutRecords puts its records
  // together: then it is before all of them.
  void SplitBeforePut(uint64_t skip);
  void MergeBeforePut(uint64_t skip);
  void RunBeforePut(uint64_t skip, std::function<void()> run);

  void FailNextReads(uint64_t count, ErrorType error = ErrorType::kInternalFailure);
  // GetRecords: ExpiredIteratorException.
  void ExpireNextIterators(uint64_t count);
  void ShortenNextPages(uint64_t count, uint64_t records_max);

  // Subscriptions that are asked for their next event.
  void FailNextEvents(uint64_t count, ErrorType error = ErrorType::kInternalFailure);
  void EndNextSubscriptions(uint64_t count);

  // Streams and consumers that begin to change their state, `count` times.
  void DelayNextTransitions(uint64_t count, absl::Duration delay);

  // --- What happened

  // Occasions struck so far.
  uint64_t strikes() const;
  // The seed, each rule with the occasions it saw and struck, and the newest strikes one by one.
  std::string ToString() const;

  // --- For the client

  std::optional<ErrorType> OnCall(Operation operation, std::string_view stream) override;
  std::optional<PutFault> OnPut(Stream& stream, ShardId shard,
                                const kinesis::Record& record) override;
  std::optional<ReadFault> OnRead(Stream& stream, ShardId shard) override;
  std::optional<EventFault> OnEvent(Stream& stream, ShardId shard) override;
  absl::Duration OnTransition(absl::Duration usual) override;

 private:
  struct Entry {
    FaultRule rule;
    uint64_t seen = 0;
    uint64_t struck = 0;
  };

  // All of these require: mutex_ is held.
  bool Draw(double probability);
  // Counts an occasion that a rule is about, and returns whether the rule strikes it.
  bool Strikes(Entry& entry);
  void Note(const FaultRule& rule, std::string_view where);

  const Clock& clock_;
  const uint64_t seed_;

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::vector<Entry> entries_;
  std::deque<std::string> notes_;  // of the newest strikes
  uint64_t strikes_ = 0;
};

// The words for a kind: "fail put".
KINESIS_CORE_EXPORT std::string_view FaultKindName(FaultKind kind);
// Returns whether FaultRule::error is of use to it.
KINESIS_CORE_EXPORT bool FaultKindHasError(FaultKind kind);

// Writes ToString().
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const FaultPlan& plan);

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_FAULT_PLAN_H_
