// EngineProperties: what a layer above the engine keeps beside its streams in the engine's
// directory. It comes back with them.
//
//   auto mine = EngineProperties::Open(engine, "layer").value();
//   auto stream = mine->CreateStream("orders", options, "what is to be kept with it");
//   mine->Get(*stream);
//
// A value is there, as a stream is, when the call that sets it has returned: also after kill -9.
#ifndef KINESIS_CORE_INTERNAL_ENGINE_PROPERTIES_H_
#define KINESIS_CORE_INTERNAL_ENGINE_PROPERTIES_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/export.h"

namespace kinesis {

class Engine;
class Stream;
struct StreamOptions;

namespace internal {

class EngineCore;

// Thread-safe: all operations may run concurrently. The engine outlives it.
class KINESIS_CORE_EXPORT EngineProperties {
 public:
  // Null if the engine has no directory. kUnavailable: another one of that name is there, which
  // would not see what this one changes.
  static absl::StatusOr<std::unique_ptr<EngineProperties>> Open(Engine& engine,
                                                                std::string_view name);
  ~EngineProperties();
  EngineProperties(const EngineProperties&) = delete;
  EngineProperties& operator=(const EngineProperties&) = delete;

  // --- Of a stream. Values are less than 4 GiB; the empty one means that there is none.

  // As Engine::CreateStream, with a value that is there as soon as the stream is.
  absl::StatusOr<Stream> CreateStream(std::string_view stream, const StreamOptions& options,
                                      std::string_view value);
  std::string Get(const Stream& stream) const;
  // kNotFound: the stream has been deleted, or is not in the directory. Any other error is that of
  // the disk. On an error nothing has changed.
  absl::Status Set(const Stream& stream, std::string_view value);

  // --- Of the engine, by the name of a part.
  std::string GetPart(std::string_view part) const;
  absl::Status SetPart(std::string_view part, std::string_view value);

 private:
  EngineProperties(EngineCore& engine, std::string name)
      : engine_(engine), name_(std::move(name)) {}

  std::string NameOf(std::string_view part) const;

  EngineCore& engine_;
  const std::string name_;
};

}  // namespace internal
}  // namespace kinesis

#endif  // KINESIS_CORE_INTERNAL_ENGINE_PROPERTIES_H_
