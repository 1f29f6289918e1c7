// ShellSession: what kinesis_shell does with a line, without a terminal and without standard input.
//
//   auto session = ShellSession::Create({.clock = ShellClock::kSimulated}).value();
//   session->Execute(R"(CreateStream {"StreamName":"orders","ShardCount":1})");
//   session->Execute(":advance 10s");
//   std::cout << *session->Execute("ListStreams") << "\n";
//
// A line is an operation and its JSON (left out: {}), or a directive, which begins with ':'. The
// answer is one line of JSON: api/json/README.md has the contract.
#ifndef KINESIS_CORE_API_SHELL_SHELL_SESSION_H_
#define KINESIS_CORE_API_SHELL_SHELL_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/fault_plan.h"
#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/api/shell/completion.h"
#include "kinesis_core/api/shell/shell_reply.h"
#include "kinesis_core/api/shell/stream_follower.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/stream.h"

namespace kinesis::testing {

enum class ShellClock { kSystem, kSimulated };
// Presets of api::Limits, with the life-cycle delays that go with them.
enum class ShellLimits { kKinesis, kKinesis2015, kUnlimited };

// Their names in flags and directives.
std::optional<ShellClock> ParseShellClock(std::string_view name);
std::optional<ShellLimits> ParseShellLimits(std::string_view name);
// "on" and "off".
std::optional<bool> ParseSwitch(std::string_view name);

// The answer to a line that is neither an operation nor a directive: the error InvalidLine.
std::string ShellError(std::string_view message);

struct ShellOptions {
  ShellClock clock = ShellClock::kSystem;
  ShellLimits limits = ShellLimits::kKinesis;
  // Whether the rates of the limits are enforced, where there are any.
  bool rates = true;
  // The engine's memory_budget_bytes, in MiB: what all streams together may hold of records. One
  // shard at its full rate, 1 MiB/s, fills the default in some 17 minutes; it is taken from the
  // system as records come.
  uint64_t memory_mib = 1024;
  // EngineOptions::directory, and disk_budget_bytes in MiB. Such a session keeps its clock.
  std::string directory = {};
  uint64_t disk_mib = 4096;
  std::string account = "000000000000";
  std::string region = "us-east-1";
  ShellMode mode = ShellMode::kLine;
  // A script ends with its first line that fails.
  bool bail = false;
  // A person types the lines, not a program: they are kept for ":save", and a request that succeeds
  // is hinted at as well if it has members that are none.
  bool for_people = false;
};

// Thread-compatible.
class ShellSession : public CompletionNames {
 public:
  // A directive: ":advance TIME". The one list of them is for dispatch, help and completion.
  struct Directive {
    std::string_view name;       // with its colon
    std::string_view arguments;  // as help shows them; "on|off" are what completion offers
    std::string_view does;
    DirectiveArgument argument;
    ShellReply (ShellSession::*run)(std::string_view argument);

    std::string usage() const;
  };
  static std::span<const Directive> Directives();
  // All that begins with a colon and is one, also what people type for another.
  static std::vector<std::string_view> DirectiveNames();
  // The directive of this name, in upper or lower case, or of one that people type for it ("exit",
  // "?"); null if there is none.
  static const Directive* FindDirective(std::string_view name);

  // Errors: those of api::Client::Create for the account and the region, and of Engine::Create for
  // the memory and the directory.
  static absl::StatusOr<std::unique_ptr<ShellSession>> Create(const ShellOptions& options = {});
  ShellSession(const ShellSession&) = delete;
  ShellSession& operator=(const ShellSession&) = delete;

  // Carries a line out; nothing if it is empty or a comment ("# ..."). A request may have line
  // breaks within its JSON.
  std::optional<ShellReply> Run(std::string_view line);
  // The answer alone, without a newline.
  std::optional<std::string> Execute(std::string_view line);

  // After ":quit".
  bool done() const { return done_; }
  // How many lines failed, those of files that ":source" read included.
  uint64_t failures() const { return failures_; }
  ShellMode mode() const { return options_.mode; }
  bool bail() const { return options_.bail; }

  // What has come in the streams that ":tail" follows since it, or since the last call of this;
  // nothing if that is nothing.
  std::optional<ShellReply> TakeTailed();

  // Is told of every line of a file that ":source" reads, and the reply to it.
  using Listener = std::function<void(std::string_view line, const ShellReply& reply)>;
  void set_listener(Listener listener) { listener_ = std::move(listener); }

  // For completion.
  std::vector<std::string> Streams() const override;
  std::vector<std::string> ShardsOf(std::string_view stream) const override;
  std::vector<std::string> References(std::string_view typed) const override;

 private:
  explicit ShellSession(const ShellOptions& options) : options_(options) {}

  // A new engine and a new client, by options_.
  absl::Status Start();
  api::ClientOptions MakeClientOptions() const;
  absl::Time Now() const;

  ShellReply RunLine(std::string_view line);
  ShellReply RunOperation(std::string_view line, std::string_view name, std::string_view json);
  // Of the operation, whose body is the last answer from then on if it succeeds.
  std::string Handle(std::string_view name, std::string_view json);
  void KeepForSave(std::string_view line, const ShellReply& reply);

  // --- Directives: each takes what follows its name.
  ShellReply Quit(std::string_view argument);
  ShellReply SetClock(std::string_view argument);
  ShellReply SetLimits(std::string_view argument);
  ShellReply SetRates(std::string_view argument);
  ShellReply SetMode(std::string_view argument);
  ShellReply ShowTime(std::string_view argument);
  ShellReply Advance(std::string_view argument);
  ShellReply Help(std::string_view argument);
  ShellReply AddFault(std::string_view argument);
  ShellReply TellFaults(std::string_view argument);
  // Of subscriptions that are held open: shell_subscriptions.cc.
  ShellReply Subscribe(std::string_view argument);
  ShellReply NextEvents(std::string_view argument);
  ShellReply NextFrames(std::string_view argument);
  ShellReply TakeNext(std::string_view argument, bool as_frames);
  ShellReply Unsubscribe(std::string_view argument);
  // Of records: shell_records.cc.
  ShellReply Put(std::string_view argument);
  ShellReply ReadStream(std::string_view argument);
  ShellReply Tail(std::string_view argument);
  // shell_top.cc.
  ShellReply Top(std::string_view argument);
  // Of files: shell_files.cc.
  ShellReply Save(std::string_view argument);
  ShellReply Source(std::string_view argument);

  ShellReply TellTime(bool is_new_engine) const;
  ShellReply TellLimits() const;
  absl::StatusOr<Stream> FindStream(std::string_view name) const;

  // A subscription that ":subscribe" opened.
  struct Held {
    api::JsonEventStream events;
    bool has_begun = false;  // the frame of the initial response was given
  };

  // What the streams of tails_ have had since they were read last.
  struct TailedRecords {
    ShellReply reply;
    bool any;  // there is something to tell
  };
  TailedRecords ReadTails();

  // What a shard had counted when ":top" looked.
  struct Counts {
    uint64_t in_records = 0;
    uint64_t in_bytes = 0;
    uint64_t out_records = 0;
    uint64_t out_bytes = 0;
  };
  struct TopLook {
    absl::Time time;
    std::map<std::pair<std::string, ShardId>, Counts> counts;  // those without were zero
  };

  ShellOptions options_;
  bool done_ = false;
  uint64_t failures_ = 0;
  Listener listener_;
  int files_open_ = 0;             // by ":source", within each other
  std::string last_body_;          // of the last operation that succeeded, for $
  std::vector<std::string> kept_;  // lines for ":save"
  // In the order in which they depend on each other.
  std::unique_ptr<SimulatedClock> simulated_clock_;
  std::unique_ptr<api::FaultPlan> faults_;
  std::unique_ptr<api::Client> client_;
  std::optional<api::JsonService> service_;
  std::map<uint64_t, Held> held_;                             // by their numbers
  uint64_t held_number_ = 0;                                  // of the newest
  std::map<std::string, StreamFollower, std::less<>> tails_;  // by stream
  TopLook top_base_;  // the look before, at another time: that of which rates are told
  TopLook top_last_;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_SESSION_H_
