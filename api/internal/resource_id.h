// Ids of streams and channels: text that nobody guesses, the same for the same seed and number.
#ifndef KINESIS_CORE_API_INTERNAL_RESOURCE_ID_H_
#define KINESIS_CORE_API_INTERNAL_RESOURCE_ID_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "kinesis_core/api/internal/sealed_text.h"

namespace kinesis::api::internal {

// 20 characters and three, of letters and digits, as the model's pattern of StreamId asks.
// `purpose` tells ids of one kind from those of another. Thread-safe: a pure function.
std::string MakeResourceId(const SealKey& key, std::string_view purpose, uint64_t number);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_RESOURCE_ID_H_
