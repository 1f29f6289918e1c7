// Linearizability: is there an order in which the operations of a recorded history happened one
// after the other?
//
// An operation was called at some time and returned at a later one, and it makes one or more atomic
// steps in between, in order. A model says whether a step, with the result that was recorded, is
// possible in a state, and what the state is then. The search puts the steps of all operations in
// one sequence in which no operation steps after another one was called that followed it: Wing and
// Gong, "Testing and verifying concurrent objects" (1993), with Lowe's table of configurations that
// have been seen ("Testing for linearizability", 2017). Most operations have one step, and the
// history is linearizable in the usual sense if all have. An operation of two steps is one whose
// contract says so, as a put does that first gets its place and then becomes readable.
//
// If there is no such sequence, the report shows the shortest beginning of the history that has
// none, without the readings that it does not take; how far the search got; and who was stuck.
//
// A Model is a copyable state, and has
//   using Operation                         with `uint64_t called, returned`, all distinct
//   static int StepCount(const Operation&)  at most 255
//   bool Step(const Operation&, int step)   false: impossible; the state is of no more use then
//   std::string Fingerprint() const         equal for equal states alone
//   static bool ChangesNothing(const Operation&)
//   static std::string Describe(const Operation&)
//
// Thread rule: the functions are pure.
#ifndef KINESIS_CORE_TESTING_LINEARIZABILITY_HISTORY_CHECKER_H_
#define KINESIS_CORE_TESTING_LINEARIZABILITY_HISTORY_CHECKER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace kinesis::testing {

struct HistoryVerdict {
  bool linearizable = false;
  uint64_t configurations = 0;  // that the search saw
  std::string report;           // empty if it is linearizable
};

template <class Model>
class HistoryChecker {
 public:
  using Operation = typename Model::Operation;
  using History = std::vector<Operation>;

  // `initial` is the state before the history. A search that sees more than `most` configurations
  // gives up, and says so as if the history were not linearizable.
  static HistoryVerdict Check(const Model& initial, const History& history,
                              uint64_t most = uint64_t{1} << 20) {
    Search search(initial, history, kEndOfTime, most);
    HistoryVerdict verdict;
    verdict.linearizable = search.Run();
    verdict.configurations = search.configurations();
    if (verdict.linearizable) return verdict;
    if (search.gave_up()) {
      verdict.report = "gave up after " + std::to_string(most) + " configurations\n";
      return verdict;
    }
    verdict.report = Report(initial, history, most);
    return verdict;
  }

 private:
  static constexpr uint64_t kEndOfTime = std::numeric_limits<uint64_t>::max();

  // Looks for an order of the operations that began by `until`. Those that had not returned by then
  // may have made some of their steps.
  class Search {
   public:
    Search(const Model& initial, const History& history, uint64_t until, uint64_t most)
        : initial_(initial), until_(until), most_(most) {
      for (const Operation& operation : history) {
        if (operation.called <= until) operations_.push_back(&operation);
      }
      // Who has to be through first is tried first.
      std::sort(operations_.begin(), operations_.end(),
                [](const auto* a, const auto* b) { return a->returned < b->returned; });
      progress_.assign(operations_.size(), '\0');
    }

    bool Run() { return Extend(initial_); }
    uint64_t configurations() const { return seen_.size(); }
    bool gave_up() const { return gave_up_; }
    // The longest sequence of steps that was possible: operation and step.
    const std::vector<std::pair<const Operation*, int>>& longest() const { return longest_; }

   private:
    int Progress(size_t i) const { return static_cast<unsigned char>(progress_[i]); }
    bool IsThrough(size_t i) const { return Progress(i) == Model::StepCount(*operations_[i]); }

    // Returns whether the steps made so far can be followed by others to the end.
    bool Extend(const Model& state) {
      uint64_t first_return = kEndOfTime;  // of those that are not through and must be
      for (size_t i = 0; i < operations_.size(); ++i) {
        if (operations_[i]->returned <= until_ && !IsThrough(i)) {
          first_return = std::min(first_return, operations_[i]->returned);
        }
      }
      if (first_return == kEndOfTime) return true;
      if (gave_up_ || !seen_.insert(progress_ + state.Fingerprint()).second) return false;
      gave_up_ = seen_.size() > most_;
      for (size_t i = 0; i < operations_.size(); ++i) {
        // Another one returned before this was called, and is not through.
        if (IsThrough(i) || operations_[i]->called > first_return) continue;
        Model next = state;
        const int step = Progress(i);
        if (!next.Step(*operations_[i], step)) continue;
        ++progress_[i];
        made_.emplace_back(operations_[i], step);
        if (made_.size() > longest_.size()) longest_ = made_;
        if (Extend(next)) return true;
        made_.pop_back();
        --progress_[i];
      }
      return false;
    }

    const Model& initial_;
    const uint64_t until_;
    const uint64_t most_;
    std::vector<const Operation*> operations_;
    std::string progress_;  // steps made, a byte for each operation
    std::vector<std::pair<const Operation*, int>> made_;
    std::vector<std::pair<const Operation*, int>> longest_;
    std::unordered_set<std::string> seen_;
    bool gave_up_ = false;
  };

  static bool Fails(const Model& initial, const History& history, uint64_t until, uint64_t most) {
    Search search(initial, history, until, most);
    return !search.Run() && !search.gave_up();
  }

  // A history that is linearizable stays so when it is cut, or when a reading is taken out.
  static std::string Report(const Model& initial, History history, uint64_t most) {
    std::vector<uint64_t> ends;
    for (const Operation& operation : history) ends.push_back(operation.returned);
    std::sort(ends.begin(), ends.end());
    uint64_t until = kEndOfTime;
    for (const uint64_t end : ends) {
      if (!Fails(initial, history, end, most)) continue;
      until = end;
      break;
    }
    for (size_t i = history.size(); i-- > 0;) {
      if (!Model::ChangesNothing(history[i])) continue;
      History shorter = history;
      shorter.erase(shorter.begin() + static_cast<ptrdiff_t>(i));
      if (Fails(initial, shorter, until, most)) history = std::move(shorter);
    }
    return Print(initial, history, until, most);
  }

  static std::string Print(const Model& initial, const History& history, uint64_t until,
                           uint64_t most) {
    Search search(initial, history, until, most);
    search.Run();
    std::string text = "not linearizable; the operations, in the order of their calls:\n";
    History ordered = history;
    std::sort(ordered.begin(), ordered.end(),
              [](const Operation& a, const Operation& b) { return a.called < b.called; });
    for (const Operation& operation : ordered) {
      if (operation.called > until) continue;
      const bool pending = operation.returned > until;
      text += "  [" + std::to_string(operation.called) + ", " +
              (pending ? "..." : std::to_string(operation.returned)) + "] " +
              Model::Describe(operation) + "\n";
    }
    text += "these steps are possible in this order, and none can follow:\n";
    for (const auto& [operation, step] : search.longest()) {
      text += "  " + Model::Describe(*operation);
      if (Model::StepCount(*operation) > 1) text += ", step " + std::to_string(step + 1);
      text += "\n";
    }
    return text;
  }
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LINEARIZABILITY_HISTORY_CHECKER_H_
