// What a client keeps beside the engine's streams, as bytes, for the engine's directory.
//
// The first byte is the version of the format, then come the fields, as kinesis_core's byte_codec.h
// writes them: numbers in eight bytes, true and false and whether there is a value in one, an
// enumeration by its name on the wire, of a list first how many there are, structures member by
// member in the order of stored_state.cc. Whoever changes one of these structures, a shape of the
// API included, raises the version; StoredStateTest fails until then.
//
// Not kept is what belongs to a running process: how much of the rates is used up, subscriptions
// and the datapoints of shard-level metrics.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_STORED_STATE_H_
#define KINESIS_CORE_API_INTERNAL_STORED_STATE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kinesis_core/api/account_operations.h"
#include "kinesis_core/api/internal/channel_entry.h"
#include "kinesis_core/api/internal/stream_state.h"

namespace kinesis::api::internal {

inline constexpr uint8_t kStoredStateVersion = 1;

// What belongs to no stream and no channel. Thread-compatible.
struct AccountImage {
  // How many clients there have been: each gives out numbers that none before it did.
  uint64_t generation = 0;
  MinimumThroughputBillingCommitmentOutput billing_commitment;
};

std::string EncodeStream(const StreamFacts& facts, const StreamState& state);
std::string EncodeChannels(const ChannelMap& channels);
std::string EncodeAccount(const AccountImage& account);

// kFailedPrecondition: another version wrote it. kDataLoss: these bytes are none of the version.
// `whose` names the subject in the message.
absl::StatusOr<StreamImage> DecodeStream(std::string_view bytes, std::string_view whose);
absl::StatusOr<ChannelMap> DecodeChannels(std::string_view bytes, std::string_view whose);
absl::StatusOr<AccountImage> DecodeAccount(std::string_view bytes, std::string_view whose);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STORED_STATE_H_
