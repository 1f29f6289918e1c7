#include "kinesis_core/api/internal/service_errors.h"

#include "kinesis_core/api/internal/constraint_failures.h"

namespace kinesis::api::internal {
namespace {

std::string Capitalized(std::string text) {
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// The message of an injected error, which has no cause.
std::string_view InjectedMessage(ErrorType type) {
  return type == ErrorType::kInternalFailure ? "Internal service failure."
                                             : "Injected by the client's FaultInjector.";
}

}  // namespace

std::string StreamInAccount(std::string_view stream_name, std::string_view account_id) {
  return "stream " + ShownText(stream_name) + " under account " + ShownText(account_id);
}

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

std::string ServiceErrors::StreamText(std::string_view stream_name) const {
  return StreamInAccount(stream_name, options_.account_id);
}

// --- Of calls ------------------------------------------------------------------------------------

absl::Status ServiceErrors::UnknownOperation(Operation operation) const {
  return MakeError(ErrorType::kUnknownOperation,
                   "The operation " + std::string(ToText(operation)) +
                       " does not exist in the year whose limits are in force.");
}

absl::Status ServiceErrors::AccountRateExceeded(std::string_view stream_name) const {
  std::string message = "Rate exceeded for";
  if (!stream_name.empty()) message.append(" stream ").append(stream_name).append(" under");
  return MakeError(ErrorType::kLimitExceeded, message + " account " + options_.account_id + ".");
}

absl::Status ServiceErrors::StreamRateExceeded(std::string_view stream_name) const {
  return MakeError(ErrorType::kLimitExceeded, "Rate exceeded for " + StreamText(stream_name) + ".");
}

absl::Status ServiceErrors::ShardRateExceeded(std::string_view shard,
                                              std::string_view stream_name) const {
  return MakeError(
      ErrorType::kProvisionedThroughputExceeded,
      "Rate exceeded for shard " + std::string(shard) + " in " + StreamText(stream_name) + ".");
}

absl::Status ServiceErrors::DryRunSucceeded() const {
  return MakeError(ErrorType::kDryRunOperation,
                   "The request would have succeeded, but the DryRun parameter is set.");
}

absl::Status ServiceErrors::InvalidNextToken() const {
  return MakeError(ErrorType::kInvalidArgument, "Invalid NextToken.");
}

// --- Of what is not there ------------------------------------------------------------------------

absl::Status ServiceErrors::StreamNotFound(std::string_view stream_name) const {
  return MakeError(ErrorType::kResourceNotFound,
                   Capitalized(StreamText(stream_name)) + " not found.");
}

absl::Status ServiceErrors::ConsumerNotFound(std::string_view consumer,
                                             std::string_view stream_name) const {
  return MakeError(ErrorType::kResourceNotFound, "Consumer " + ShownText(consumer) + ", " +
                                                     StreamText(stream_name) + " not found.");
}

absl::Status ServiceErrors::ChannelNotFound(std::string_view arn) const {
  return MakeError(ErrorType::kResourceNotFound, "Channel " + std::string(arn) + " under account " +
                                                     options_.account_id + " not found.");
}

absl::Status ServiceErrors::ShardNotFoundToReshard(std::string_view shard,
                                                   std::string_view stream_text) const {
  std::string message = "Could not find shard ";
  message.append(shard).append(" in ").append(stream_text).append(".");
  return MakeError(ErrorType::kResourceNotFound, message);
}

absl::Status ServiceErrors::ShardDoesNotExist(std::string_view shard,
                                              std::string_view stream_text) const {
  std::string message = "Shard ";
  message.append(shard).append(" in ").append(stream_text).append(" does not exist");
  return MakeError(ErrorType::kResourceNotFound, message);
}

// --- Of what is in the wrong state ---------------------------------------------------------------

absl::Status ServiceErrors::StreamNotInState(std::string_view stream_name, std::string_view wanted,
                                             std::string_view state) const {
  std::string message = Capitalized(StreamText(stream_name));
  message.append(" not ").append(wanted).append(", instead in state ").append(state);
  return MakeError(ErrorType::kResourceInUse, message);
}

absl::Status ServiceErrors::ConsumerNotActive(std::string_view consumer, int64_t created_ms,
                                              std::string_view stream_name) const {
  std::string message = "Consumer ";
  message.append(consumer).append(" with creation timestamp ");
  message.append(std::to_string(created_ms / 1000)).append(" under stream ").append(stream_name);
  message.append(" and account ").append(options_.account_id).append(" is not in ACTIVE status.");
  return MakeError(ErrorType::kResourceInUse, message);
}

absl::Status ServiceErrors::StreamHasChannels(std::string_view stream_name,
                                              std::string_view action) const {
  std::string message = Capitalized(StreamText(stream_name));
  message.append(" has channels, so it cannot ").append(action);
  message.append(". Delete them first; ListChannels with a StreamFilter finds them.");
  return MakeError(ErrorType::kResourceInUse, message);
}

// The service's own wording (KCL#391).
absl::Status ServiceErrors::SubscriptionExists(std::string_view consumer, ShardId shard,
                                               std::string_view stream_name) const {
  std::string message = "Another active subscription exists for this consumer: ";
  message.append(options_.account_id).append(":").append(stream_name).append(":");
  message.append(shard.ToString()).append(":").append(consumer);
  return MakeError(ErrorType::kResourceInUse, message);
}

// --- Of other causes -----------------------------------------------------------------------------

absl::Status ServiceErrors::InjectedIntoCall(ErrorType type, std::string_view stream_name) const {
  if (type == ErrorType::kLimitExceeded) return AccountRateExceeded(stream_name);
  return MakeError(type, InjectedMessage(type));
}

absl::Status ServiceErrors::InjectedIntoShard(ErrorType type, ShardId shard,
                                              std::string_view stream_name) const {
  if (type == ErrorType::kProvisionedThroughputExceeded) {
    return ShardRateExceeded(shard.ToString(), stream_name);
  }
  return MakeError(type, InjectedMessage(type));
}

absl::Status ServiceErrors::FromEngine(const absl::Status& status,
                                       std::string_view stream_name) const {
  if (absl::IsNotFound(status)) return StreamNotFound(stream_name);
  return MakeError(ErrorType::kInternalFailure, MessageOf(status));
}

}  // namespace kinesis::api::internal
