#include "kinesis_core/api/remote/presigned_url.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/api/json/internal/base64.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/remote/internal/percent_encoding.h"
#include "kinesis_core/api/remote/internal/remote_service.h"
#include "kinesis_core/api/remote/sigv4.h"
#include "kinesis_core/export.h"

namespace kinesis::api {
namespace {

using internal::Shape;
using internal::ShapeKind;

// Writes members as parameters of a query.
class QueryWriter {
 public:
  template <class T>
  void Write(std::string_view name, const std::optional<T>& value, const Shape& shape) {
    if (value.has_value()) Write(name, *value, shape);
  }
  template <class T>
  void Write(std::string_view name, const std::vector<T>& list, const Shape& shape) {
    for (const T& element : list) Write(name, element, *shape.element);
  }
  void Write(std::string_view name, const std::map<std::string, std::string>& /*map*/,
             const Shape& /*shape*/) {
    Refuse(name);
  }
  void Write(std::string_view name, bool value, const Shape& /*shape*/) {
    Add(name, value ? "True" : "False");
  }
  void Write(std::string_view name, int32_t value, const Shape& /*shape*/) {
    Add(name, std::to_string(value));
  }
  void Write(std::string_view name, int64_t value, const Shape& /*shape*/) {
    Add(name, std::to_string(value));
  }
  void Write(std::string_view name, absl::Time value, const Shape& /*shape*/) {
    std::string seconds;
    internal::JsonWriter(&seconds).Seconds(value);
    Add(name, seconds);
  }
  // Text, or typed with a text form, or a structure.
  template <class T>
  void Write(std::string_view name, const T& value, const Shape& shape) {
    if constexpr (internal::HasSchema<T>) {
      Refuse(name);
    } else if (shape.kind == ShapeKind::kBlob) {
      const std::string bytes = internal::WireText(value);
      std::string text(internal::Base64Length(bytes.size()), '\0');
      internal::EncodeBase64(bytes, text.data());
      Add(name, text);
    } else {
      Add(name, internal::WireText(value));
    }
  }

  absl::StatusOr<std::string> Take() {
    if (!refusal_.ok()) return refusal_;
    return std::move(query_);
  }

 private:
  void Add(std::string_view name, std::string_view value) {
    if (!query_.empty()) query_ += '&';
    query_ += name;
    query_ += '=';
    internal::AppendPercentEncoded(value, &query_);
  }
  void Refuse(std::string_view name) {
    refusal_ = absl::InvalidArgumentError(std::string(name) +
                                          " has structure, which the query of a URL cannot hold");
  }

  std::string query_;
  absl::Status refusal_;
};

template <class Request>
constexpr Operation OperationOf() {
  Operation operation{};
  internal::ForEachOperation([&operation](auto traits) {
    if (std::is_same_v<typename decltype(traits)::Request, Request>) {
      operation = decltype(traits)::kOperation;
    }
  });
  return operation;
}

}  // namespace

template <class Request>
absl::StatusOr<std::string> GeneratePresignedUrl(const Request& request, absl::Duration expires,
                                                 const RemoteOptions& options) {
  KC_RETURN_IF_ERROR(internal::CheckRemoteOptions(options));
  KC_ASSIGN_OR_RETURN(const std::string& endpoint, internal::EndpointOf(options));
  QueryWriter writer;
  internal::ForEachMember<Request>(
      [&](const auto& member) { writer.Write(member.name, member.Of(request), member.kShape); });
  KC_ASSIGN_OR_RETURN(const std::string& query, writer.Take());
  HttpRequest http = internal::RequestOf(endpoint, OperationOf<Request>(), /*json=*/"");
  if (!query.empty()) http.url += "?" + query;
  KC_ASSIGN_OR_RETURN(const Credentials& credentials, internal::FindCredentials(options));
  const Clock& clock = internal::ClockOf(options);
  return PresignedUrl(http, credentials, {.region = options.region, .time = clock.Now()}, expires);
}

// One for each operation, as the members are known here alone.
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const AddTagsToStreamRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const CreateChannelRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const CreateStreamRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DecreaseStreamRetentionPeriodRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DeleteChannelRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DeleteResourcePolicyRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DeleteStreamRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DeregisterStreamConsumerRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DescribeAccountSettingsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DescribeChannelRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DescribeLimitsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DescribeStreamRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DescribeStreamConsumerRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DescribeStreamSummaryRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const DisableEnhancedMonitoringRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const EnableEnhancedMonitoringRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const GetRecordsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const GetResourcePolicyRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const GetShardIteratorRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const IncreaseStreamRetentionPeriodRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const ListChannelsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const ListShardsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const ListStreamConsumersRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const ListStreamsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const ListTagsForResourceRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const ListTagsForStreamRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const MergeShardsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const PutRecordRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const PutRecordsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const PutResourcePolicyRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const RegisterStreamConsumerRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const RemoveTagsFromStreamRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const SplitShardRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const StartStreamEncryptionRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const StopStreamEncryptionRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const SubscribeToShardRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const TagResourceRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const UntagResourceRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const UpdateAccountSettingsRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const UpdateChannelRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const UpdateMaxRecordSizeRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const UpdateShardCountRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const UpdateStreamModeRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const UpdateStreamRecordDistributionStrategyRequest&, absl::Duration, const RemoteOptions&);
template KINESIS_CORE_EXPORT absl::StatusOr<std::string> GeneratePresignedUrl(
    const UpdateStreamWarmThroughputRequest&, absl::Duration, const RemoteOptions&);

}  // namespace kinesis::api
