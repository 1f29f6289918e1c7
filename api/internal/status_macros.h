// Passes an error on to the caller.
//
//   KC_RETURN_IF_ERROR(CheckName(name));                    // an absl::Status
//   KC_ASSIGN_OR_RETURN(const Shard shard, FindShard(id));  // an absl::StatusOr<Shard>
//   KC_ASSIGN_OR_RETURN(const Shard& same, FindShard(id));  // without a move: see below
//
// For functions that return absl::Status or any absl::StatusOr. Only .cc files and internal headers
// include this, so that no user gets macros from the library.
#ifndef KINESIS_CORE_API_INTERNAL_STATUS_MACROS_H_
#define KINESIS_CORE_API_INTERNAL_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the status that `...` evaluates to, unless it is OK.
#define KC_RETURN_IF_ERROR(...)                                                    \
  do {                                                                             \
    if (absl::Status kc_status = (__VA_ARGS__); !kc_status.ok()) return kc_status; \
  } while (false)

// Declares `declaration`, initialized with the value of the StatusOr that `...` evaluates to; or
// returns its status. The StatusOr lives to the end of the block, so a reference may be declared.
#define KC_ASSIGN_OR_RETURN(declaration, ...) \
  KC_ASSIGN_OR_RETURN_IMPL_(KC_STATUS_CONCAT_(kc_result_, __LINE__), declaration, __VA_ARGS__)

#define KC_ASSIGN_OR_RETURN_IMPL_(result, declaration, ...) \
  auto result = (__VA_ARGS__);                              \
  if (!result.ok()) return std::move(result).status();      \
  declaration = *std::move(result)

#define KC_STATUS_CONCAT_(a, b) KC_STATUS_CONCAT_IMPL_(a, b)
#define KC_STATUS_CONCAT_IMPL_(a, b) a##b

#endif  // KINESIS_CORE_API_INTERNAL_STATUS_MACROS_H_
