#include "kinesis_core/api/internal/arn.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace kinesis::api::internal {
namespace {

constexpr std::string_view kStream = "stream/";
constexpr std::string_view kConsumer = "/consumer/";

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Takes the text up to the next colon off the front.
std::string_view TakeField(std::string_view* rest) {
  const size_t colon = rest->find(':');
  const std::string_view field = rest->substr(0, colon);
  rest->remove_prefix(colon == std::string_view::npos ? rest->size() : colon + 1);
  return field;
}

// Splits "name:seconds".
bool ParseConsumer(std::string_view text, ArnParts* parts) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view digits = text.substr(colon + 1);
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  parts->consumer_name = text.substr(0, colon);
  parts->consumer_created_seconds = seconds;
  return true;
}

}  // namespace

bool IsRegion(std::string_view text) {
  const auto is_fine = [](char c) {
    return (c >= '0' && c <= '9') || c == '-' || (c >= 'a' && c <= 'z');
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_fine);
}

std::optional<ArnParts> ParseArn(std::string_view arn) {
  if (TakeField(&arn) != "arn") return std::nullopt;
  ArnParts parts;
  parts.partition = TakeField(&arn);
  if (!StartsWith(parts.partition, "aws")) return std::nullopt;
  if (TakeField(&arn) != "kinesis") return std::nullopt;
  parts.region = TakeField(&arn);
  parts.account_id = TakeField(&arn);
  if (!StartsWith(arn, kStream)) return std::nullopt;
  arn.remove_prefix(kStream.size());
  const size_t consumer = arn.find(kConsumer);
  parts.stream_name = arn.substr(0, consumer);
  if (parts.stream_name.empty()) return std::nullopt;
  if (consumer != std::string_view::npos &&
      !ParseConsumer(arn.substr(consumer + kConsumer.size()), &parts)) {
    return std::nullopt;
  }
  return parts;
}

std::string_view PartitionOf(std::string_view region) {
  struct Partition {
    std::string_view region_prefix;
    std::string_view name;
  };
  constexpr auto kPartitions = std::to_array<Partition>({{"cn-", "aws-cn"},
                                                         {"us-gov-", "aws-us-gov"},
                                                         {"us-iso-", "aws-iso"},
                                                         {"us-isob-", "aws-iso-b"},
                                                         {"eu-isoe-", "aws-iso-e"},
                                                         {"us-isof-", "aws-iso-f"},
                                                         {"eusc-", "aws-eusc"}});
  for (const Partition& partition : kPartitions) {
    if (StartsWith(region, partition.region_prefix)) return partition.name;
  }
  return "aws";
}

std::string StreamArn(std::string_view region, std::string_view account_id,
                      std::string_view stream_name) {
  std::string arn = "arn:";
  arn.append(PartitionOf(region)).append(":kinesis:").append(region).append(":").append(account_id);
  return arn.append(":").append(kStream).append(stream_name);
}

std::string ConsumerArn(std::string_view stream_arn, std::string_view consumer_name,
                        int64_t created_seconds) {
  std::string arn(stream_arn);
  arn.append(kConsumer).append(consumer_name).append(":");
  return arn.append(std::to_string(created_seconds));
}

}  // namespace kinesis::api::internal
