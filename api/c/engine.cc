// Engines, their time and their faults, in C.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinesis_core/api/c/internal/objects.h"
#include "kinesis_core/api/c/kinesis.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/limits.h"

namespace kinesis::c {
namespace {

constexpr size_t kFirstEngineOptions = 32;
constexpr uint64_t kDefaultBudget = uint64_t{1} << 30;

// As far as simulated time goes, so that every language can tell it.
constexpr absl::Time kClockMax = absl::FromUnixSeconds(253'402'300'799);

// With simulated time everything is repeatable, tokens and faults included.
constexpr uint64_t kRepeatableSeed = 1;

int ReadClientOptions(const kinesis_engine_options& given, api::ClientOptions* options) {
  switch (given.limits) {
    case KINESIS_LIMITS_TODAY:
      options->limits = api::Limits::Kinesis();
      break;
    case KINESIS_LIMITS_2015:
      options->limits = api::Limits::Kinesis2015();
      break;
    case KINESIS_LIMITS_NONE:
      options->limits = api::Limits::Unlimited();
      break;
    default:
      return Fail(KINESIS_INVALID_ARGUMENT,
                  "limits is " + std::to_string(given.limits) + ", which is no kinesis_limits");
  }
  if (given.limits != KINESIS_LIMITS_NONE && given.no_delays == 0) {
    options->delays = api::LifecycleDelays::ServiceLike();
  }
  if (given.account_id != nullptr) options->account_id = given.account_id;
  if (given.region != nullptr) options->region = given.region;
  if (given.no_rates != 0) options->limits.rates = false;
  if (given.clock == KINESIS_SIMULATED_CLOCK) options->token_seed = kRepeatableSeed;
  return KINESIS_OK;
}

int Open(const kinesis_engine_options& given, kinesis_engine** out) {
  if (given.clock != KINESIS_SYSTEM_CLOCK && given.clock != KINESIS_SIMULATED_CLOCK) {
    return Fail(KINESIS_INVALID_ARGUMENT,
                "clock is " + std::to_string(given.clock) + ", which is no kinesis_clock");
  }
  api::ClientOptions client_options;
  if (const int code = ReadClientOptions(given, &client_options); code != 0) return code;

  auto made = std::make_shared<EngineObject>();
  EngineOptions engine_options;
  engine_options.memory_budget_bytes =
      given.memory_budget_bytes == 0 ? kDefaultBudget : given.memory_budget_bytes;
  if (given.clock == KINESIS_SIMULATED_CLOCK) {
    const absl::Time start = absl::FromUnixMillis(given.start_ms);
    if (start < absl::UnixEpoch() || start > kClockMax) {
      return Fail(KINESIS_OUT_OF_RANGE, "start_ms is before 1970 or after 9999");
    }
    made->simulated_clock = given.start_ms == 0 ? std::make_unique<SimulatedClock>()
                                                : std::make_unique<SimulatedClock>(start);
    engine_options.clock = made->simulated_clock.get();
  }
  auto engine = Engine::Create(engine_options);
  if (!engine.ok()) return Fail(engine.status());
  made->engine = *std::move(engine);
  made->faults = std::make_unique<api::FaultPlan>(made->clock(),
                                                  given.seed == 0 ? kRepeatableSeed : given.seed);
  client_options.faults = made->faults.get();
  auto client = api::Client::Create(*made->engine, client_options);
  if (!client.ok()) return Fail(client.status());
  made->client = *std::move(client);

  const HandleTable::Handle handle = Handles().Add(HandleKind::kEngine, std::move(made));
  if (handle == 0) return Fail(KINESIS_RESOURCE_EXHAUSTED, "there are 2^20 handles already");
  *out = std::bit_cast<kinesis_engine*>(handle);
  return KINESIS_OK;
}

int Close(EngineObject& engine) {
  std::unordered_set<HandleTable::Handle> children;
  {
    const std::lock_guard<std::mutex> lock(engine.mutex);
    engine.is_closed = true;
    children.swap(engine.children);
    for (WaitEvent* const sleeper : engine.sleepers) sleeper->Notify();
  }
  // Those who sleep wake up, find that their stream is gone, and let go of the engine.
  for (const std::string& name : engine.engine->ListStreams()) {
    engine.engine->DeleteStream(name).IgnoreError();  // another thread was faster
  }
  for (const HandleTable::Handle child : children) {
    Handles().Remove(child, HandleTable::KindOf(child)).reset();
  }
  return KINESIS_OK;
}

int Sleep(EngineObject& engine, int64_t ms) {
  const absl::Time deadline = Deadline(engine.clock(), std::max<int64_t>(ms, 0));
  WaitEvent closed;
  {
    const std::lock_guard<std::mutex> lock(engine.mutex);
    if (engine.is_closed) return FailBadHandle(HandleKind::kEngine);
    engine.sleepers.insert(&closed);
  }
  bool is_closed = false;
  while (!is_closed && engine.clock().Now() < deadline) {
    engine.clock().Wait(closed, deadline);
    const std::lock_guard<std::mutex> lock(engine.mutex);
    is_closed = engine.is_closed;
  }
  const std::lock_guard<std::mutex> lock(engine.mutex);
  engine.sleepers.erase(&closed);
  return is_closed ? Fail(KINESIS_CANCELLED, "the engine was closed") : KINESIS_OK;
}

}  // namespace
}  // namespace kinesis::c

using kinesis::c::EngineObject;
using kinesis::c::Fail;
using kinesis::c::FailNull;
using kinesis::c::Guarded;
using kinesis::c::HandleKind;
using kinesis::c::Handles;
using kinesis::c::ToCode;
using kinesis::c::With;

int kinesis_engine_open(const kinesis_engine_options* options, kinesis_engine** out) {
  return Guarded([&] {
    if (out == nullptr) return FailNull("out");
    kinesis_engine_options given;
    const int code = kinesis::c::ReadOptions("kinesis_engine_options", options,
                                             kinesis::c::kFirstEngineOptions, &given);
    return code != 0 ? code : kinesis::c::Open(given, out);
  });
}

int kinesis_engine_close(kinesis_engine* engine) {
  return Guarded([&] {
    const auto object = std::static_pointer_cast<EngineObject>(
        Handles().Remove(std::bit_cast<uint64_t>(engine), HandleKind::kEngine));
    return object == nullptr ? kinesis::c::FailBadHandle(HandleKind::kEngine)
                             : kinesis::c::Close(*object);
  });
}

int kinesis_now(kinesis_engine* engine, int64_t* out_ms) {
  return With<EngineObject>(engine, [&](EngineObject& object) {
    if (out_ms == nullptr) return FailNull("out_ms");
    *out_ms = absl::ToUnixMillis(object.clock().Now());
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_advance(kinesis_engine* engine, int64_t ms) {
  return With<EngineObject>(engine, [&](EngineObject& object) {
    if (object.simulated_clock == nullptr) {
      return Fail(KINESIS_FAILED_PRECONDITION, "the engine's clock is the system's");
    }
    const absl::Time then = object.simulated_clock->Now() + absl::Milliseconds(ms);
    if (then < absl::UnixEpoch() || then > kinesis::c::kClockMax) {
      return Fail(KINESIS_OUT_OF_RANGE, "time goes from 1970 to the end of 9999");
    }
    object.simulated_clock->Advance(absl::Milliseconds(ms));
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_auto_advance(kinesis_engine* engine, uint32_t threads) {
  return With<EngineObject>(engine, [&](EngineObject& object) {
    if (object.simulated_clock == nullptr) {
      return Fail(KINESIS_FAILED_PRECONDITION, "the engine's clock is the system's");
    }
    object.simulated_clock->SetAutoAdvance(threads);
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_sleep(kinesis_engine* engine, int64_t ms) {
  return With<EngineObject>(engine,
                            [&](EngineObject& object) { return kinesis::c::Sleep(object, ms); });
}

int kinesis_faults_add(kinesis_engine* engine, const char* rules, size_t rules_size) {
  return With<EngineObject>(engine, [&](EngineObject& object) {
    std::string_view text;
    const int code = kinesis::c::ReadText("rules", rules, rules_size, &text);
    return code != 0 ? code : ToCode(object.faults->AddScript(text));
  });
}

int kinesis_faults_clear(kinesis_engine* engine) {
  return With<EngineObject>(engine, [&](EngineObject& object) {
    object.faults->Clear();
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_faults_report(kinesis_engine* engine, const char** text, size_t* text_size) {
  return With<EngineObject>(engine, [&](EngineObject& object) {
    if (text == nullptr) return FailNull("text");
    if (text_size == nullptr) return FailNull("text_size");
    thread_local std::string report;
    report = object.faults->ToString();
    *text = report.c_str();
    *text_size = report.size();
    return static_cast<int>(KINESIS_OK);
  });
}
