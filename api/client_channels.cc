// CreateChannel, UpdateChannel, DeleteChannel, DescribeChannel, ListChannels.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/internal/channel_directory.h"
#include "kinesis_core/api/internal/channel_rules.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/resource_id.h"
#include "kinesis_core/api/internal/schema_channel_operations.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/stream_address.h"
#include "kinesis_core/api/internal/tag_rules.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ChannelDirectory;
using internal::ChannelEntry;
using internal::ClientCore;
using internal::StreamEntry;
using internal::StreamPtr;

// Defaults of what a request leaves out, by the texts of the operations.
constexpr int32_t kFreshnessSeconds = 300;
constexpr char kErrorPrefix[] = "errors/";
constexpr char kLogStream[] = "DestinationDelivery";

// --- Shapes --------------------------------------------------------------------------------------

ChannelDescription DescriptionOf(const ChannelEntry& channel, int64_t now_ms) {
  ChannelDescription description;
  description.channel_name = channel.name;
  description.channel_arn = channel.arn;
  description.channel_id = channel.id;
  description.channel_status = channel.StatusAt(now_ms);
  description.channel_creation_timestamp = absl::FromUnixMillis(channel.created_ms);
  description.service_execution_role_arn = channel.service_execution_role_arn;
  description.stream_configuration_list = {{channel.stream_arn,
                                            absl::FromUnixMillis(channel.stream_created_ms),
                                            channel.record_configuration}};
  description.s3_destination_configuration = channel.s3;
  description.s3_tables_destination_configuration = channel.s3_tables;
  description.encryption_configuration = channel.encryption;
  description.logging_configuration.cloud_watch_logs = channel.logs;
  return description;
}

ChannelSummary SummaryOf(const ChannelEntry& channel, int64_t now_ms) {
  ChannelSummary summary;
  summary.channel_name = channel.name;
  summary.channel_arn = channel.arn;
  summary.channel_id = channel.id;
  summary.channel_status = channel.StatusAt(now_ms);
  summary.channel_creation_timestamp = absl::FromUnixMillis(channel.created_ms);
  summary.channel_destination_type =
      channel.s3 ? ChannelDestinationType::kS3 : ChannelDestinationType::kS3Tables;
  summary.streams = {{channel.stream_arn, absl::FromUnixMillis(channel.stream_created_ms)}};
  return summary;
}

S3DestinationDescription Kept(const S3DestinationConfiguration& given) {
  const S3StorageConfiguration& storage = *given.storage_configuration;
  const DeadLetterQueueS3Configuration beside{
      .bucket_arn = storage.bucket_arn,
      .expected_bucket_owner = storage.expected_bucket_owner,
      .error_output_prefix = kErrorPrefix};
  return {given.data_freshness_in_seconds.value_or(kFreshnessSeconds),
          given.dead_letter_queue_s3_configuration.value_or(beside), storage};
}

S3TablesDestinationDescription Kept(const S3TablesDestinationConfiguration& given) {
  return {given.data_freshness_in_seconds.value_or(kFreshnessSeconds),
          *given.dead_letter_queue_s3_configuration, *given.s3_tables_configuration_list};
}

// Sets the names of group and stream as far as they are given. A channel that logs has both: its
// own are made up.
void SetLogs(bool enabled, const std::optional<std::string>& group,
             const std::optional<std::string>& stream, ChannelEntry* channel) {
  CloudWatchLogs& logs = channel->logs;
  logs.enabled = enabled;
  if (group) logs.log_group_name = group;
  if (stream) logs.log_stream_name = stream;
  if (!enabled) return;
  if (!logs.log_group_name)
    logs.log_group_name = "/aws/kinesis/" + channel->name + "/" + channel->id;
  if (!logs.log_stream_name) logs.log_stream_name = kLogStream;
}

}  // namespace

// --- Create --------------------------------------------------------------------------------------

namespace {

// Whether the stream, which is locked, may have a channel: it has to be ON_DEMAND. While it is
// locked it can be neither deleted nor made PROVISIONED.
absl::Status CheckStream(const ClientCore& core, const StreamEntry& stream,
                         StreamEntry::Locked& state, CallTime& time) {
  KC_RETURN_IF_ERROR(core.gates().RequireActiveOrUpdating(stream, state, time));
  if (state->mode == StreamMode::kOnDemand) return absl::OkStatus();
  return MakeError(ErrorType::kValidation, "Request is invalid. Stream " + stream.name() +
                                               " under account " + core.options().account_id +
                                               " is in Provisioned mode.");
}

// Whether the account may have one more channel, of the request's name and with its tags.
absl::Status CheckRoom(const ClientCore& core, internal::ChannelMap& channels,
                       const CreateChannelRequest& request) {
  const std::string& name = *request.channel_name;
  if (channels.contains(name)) {
    return MakeError(ErrorType::kResourceInUse, "Channel " + name + " under account " +
                                                    core.options().account_id + " already exists.");
  }
  if (request.tags) {
    KC_RETURN_IF_ERROR(internal::CheckNewTags(core, {}, *request.tags, name));
  }
  const int64_t most = core.limits().channels_per_account_max;
  if (static_cast<int64_t>(channels.size()) < most) return absl::OkStatus();
  return MakeError(ErrorType::kLimitExceeded,
                   "This request would exceed the limit of " + std::to_string(most) +
                       " channels for the account " + core.options().account_id + ".");
}

ChannelEntry NewChannel(ClientCore& core, const StreamEntry& stream,
                        const CreateChannelRequest& request, CallTime& time) {
  ChannelEntry channel;
  channel.name = *request.channel_name;
  channel.id =
      internal::MakeResourceId(core.tokens().seal_key(), "channel id", core.tokens().NextUid());
  channel.arn = internal::ChannelArn(stream.arn(), channel.name, channel.id);
  channel.service_execution_role_arn = *request.service_execution_role_arn;
  channel.stream_uid = stream.uid();
  channel.stream_arn = stream.arn();
  channel.stream_created_ms = stream.created_ms();
  channel.record_configuration = *request.stream_configuration_list->front().record_configuration;
  if (request.s3_destination_configuration) {
    channel.s3 = Kept(*request.s3_destination_configuration);
  } else {
    channel.s3_tables = Kept(*request.s3_tables_destination_configuration);
  }
  channel.encryption = request.encryption_configuration;
  if (request.tags) channel.tags = *request.tags;
  const CloudWatchLogs logs = request.logging_configuration
                                  ? *request.logging_configuration->cloud_watch_logs
                                  : CloudWatchLogs{.enabled = false};
  SetLogs(*logs.enabled, logs.log_group_name, logs.log_stream_name, &channel);
  channel.created_ms = time.ms();
  channel.active_at_ms = core.lifecycle().EndOf(core.delays().create_channel, time);
  return channel;
}

}  // namespace

absl::StatusOr<CreateChannelResponse> internal::EngineClient::CreateChannel(
    const CreateChannelRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kCreateChannel, request, time));
  KC_RETURN_IF_ERROR(internal::CheckNewChannel(request));
  internal::StreamAddress address;
  address.arn = *request.stream_configuration_list->front().stream_arn;
  KC_ASSIGN_OR_RETURN(const StreamPtr& found, core_->gates().FindStreamAt(address, time));
  StreamEntry& stream = *found;
  StreamEntry::Locked state = stream.Lock();
  KC_RETURN_IF_ERROR(CheckStream(*core_, stream, state, time));
  const int64_t now_ms = time.ms();
  ChannelDirectory::Locked locked = core_->channels().Lock(now_ms);
  KC_RETURN_IF_ERROR(CheckRoom(*core_, locked.channels(), request));
  ChannelEntry& channel = locked.channels()[*request.channel_name];
  channel = NewChannel(*core_, stream, request, time);
  CreateChannelResponse response{DescriptionOf(channel, now_ms)};
  KC_RETURN_IF_ERROR(core_->Save(locked));
  return response;
}

// --- One channel ---------------------------------------------------------------------------------

namespace {

// A channel that was found; all channels are locked as long as this lives.
struct FoundChannel {
  ChannelDirectory::Locked locked;
  ChannelEntry* channel;
  int64_t now_ms;
};

absl::StatusOr<FoundChannel> FindChannel(ClientCore& core, const std::string& arn, CallTime& time) {
  if (!internal::IsChannelArn(arn)) {
    return MakeError(ErrorType::kInvalidArgument, "Invalid ARN " + arn);
  }
  const int64_t now_ms = time.ms();
  FoundChannel found{core.channels().Lock(now_ms), nullptr, now_ms};
  found.channel = found.locked.FindByArn(arn);
  if (found.channel == nullptr) return core.errors().ChannelNotFound(arn);
  return found;
}

// InvalidArgumentException for a configuration of the destination that the channel does not have.
absl::Status CheckDestination(const ChannelEntry& channel, const UpdateChannelRequest& request) {
  const bool wrong = channel.s3 ? request.s3_tables_destination_configuration.has_value()
                                : request.s3_destination_configuration.has_value();
  if (!wrong) return absl::OkStatus();
  return MakeError(
      ErrorType::kInvalidArgument,
      "Channel " + channel.name + " has an " +
          (channel.s3 ? "S3DestinationConfiguration" : "S3TablesDestinationConfiguration") +
          ", and its destination cannot be changed.");
}

}  // namespace

absl::StatusOr<UpdateChannelResponse> internal::EngineClient::UpdateChannel(
    const UpdateChannelRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kUpdateChannel, request, time));
  KC_RETURN_IF_ERROR(internal::CheckChannelUpdate(request));
  KC_ASSIGN_OR_RETURN(FoundChannel found, FindChannel(*core_, *request.channel_arn, time));
  ChannelEntry& channel = *found.channel;
  const ChannelStatus now_is = channel.StatusAt(found.now_ms);
  if (now_is != ChannelStatus::kActive) {
    return MakeError(ErrorType::kResourceInUse,
                     "Channel " + channel.name + " under account " + core_->options().account_id +
                         " not ACTIVE, instead in state " + std::string(ToText(now_is)));
  }
  KC_RETURN_IF_ERROR(CheckDestination(channel, request));
  if (const auto& s3 = request.s3_destination_configuration) {
    channel.s3->data_freshness_in_seconds = *s3->data_freshness_in_seconds;
  }
  if (const auto& tables = request.s3_tables_destination_configuration) {
    channel.s3_tables->data_freshness_in_seconds = *tables->data_freshness_in_seconds;
  }
  if (request.logging_configuration) {
    const CloudWatchLogsUpdateInput& logs = *request.logging_configuration->cloud_watch_logs;
    SetLogs(*logs.enabled, logs.log_group_name, logs.log_stream_name, &channel);
  }
  channel.updating_until_ms = core_->lifecycle().EndOf(core_->delays().update_channel, time);
  UpdateChannelResponse response{DescriptionOf(channel, found.now_ms)};
  KC_RETURN_IF_ERROR(core_->Save(found.locked));
  return response;
}

absl::Status internal::EngineClient::DeleteChannel(const DeleteChannelRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kDeleteChannel, request, time));
  KC_ASSIGN_OR_RETURN(FoundChannel found, FindChannel(*core_, *request.channel_arn, time));
  ChannelEntry& channel = *found.channel;
  if (channel.deleted_at_ms != internal::kNever) return absl::OkStatus();
  channel.deleted_at_ms = core_->lifecycle().EndOf(core_->delays().delete_channel, time);
  return core_->Save(found.locked);
}

absl::StatusOr<DescribeChannelResponse> internal::EngineClient::DescribeChannel(
    const DescribeChannelRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kDescribeChannel, request, time));
  KC_ASSIGN_OR_RETURN(const FoundChannel found, FindChannel(*core_, *request.channel_arn, time));
  return DescribeChannelResponse{DescriptionOf(*found.channel, found.now_ms)};
}

// --- List ----------------------------------------------------------------------------------------

namespace {

bool Passes(const std::optional<std::vector<StreamFilter>>& filter, const ChannelEntry& channel) {
  if (!filter || filter->empty()) return true;
  return std::any_of(filter->begin(), filter->end(), [&channel](const StreamFilter& stream) {
    return *stream.stream_arn == channel.stream_arn &&
           (!stream.stream_creation_timestamp ||  // to the second, as everywhere on the wire
            absl::ToUnixSeconds(*stream.stream_creation_timestamp) ==
                channel.stream_created_ms / 1000);
  });
}

}  // namespace

absl::StatusOr<ListChannelsResponse> internal::EngineClient::ListChannels(
    const ListChannelsRequest& request) {
  constexpr Operation kOperation = Operation::kListChannels;
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(kOperation, request, time));
  if (request.max_results && *request.max_results < 1) {
    return MakeError(ErrorType::kInvalidArgument,
                     "Invalid MaxResults. MaxResults must be at least 1. Specified value was " +
                         std::to_string(*request.max_results));
  }
  std::string after;
  if (request.next_token) {
    KC_ASSIGN_OR_RETURN(internal::PaginationToken token,
                        core_->tokens().ReadNextToken(kOperation, *request.next_token, time));
    after = std::move(token.marker);
  }
  const Limits& limits = core_->limits();
  const auto most = static_cast<size_t>(
      std::min(request.max_results ? *request.max_results : limits.list_channels_default,
               limits.list_channels_max));
  const int64_t now_ms = time.ms();
  ChannelDirectory::Locked locked = core_->channels().Lock(now_ms);
  ListChannelsResponse response;
  const internal::ChannelMap& channels = locked.channels();
  for (auto at = channels.upper_bound(after); at != channels.end(); ++at) {
    if (!Passes(request.stream_filter, at->second)) continue;
    if (response.channel_summaries.size() == most) {
      response.next_token = core_->tokens().MakeNextToken(
          kOperation, 0, response.channel_summaries.back().channel_name, time);
      break;
    }
    response.channel_summaries.push_back(SummaryOf(at->second, now_ms));
  }
  return response;
}

}  // namespace kinesis::api
