// Every named shape of the service model but structures and exceptions, by the model's own names.
//
// In order of name, except that an element stands before its list. Of structures the C++ type says
// all (schema.h), so they share one shape. service_model_test.cc holds the shapes, and the
// members that use them, against testdata/service_model.tsv.
#ifndef KINESIS_CORE_API_INTERNAL_MODEL_H_
#define KINESIS_CORE_API_INTERNAL_MODEL_H_

#include <array>
#include <string_view>

#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/pattern.h"
#include "kinesis_core/api/internal/shape.h"

namespace kinesis::api::internal {

// --- Patterns ------------------------------------------------------------------------------------

inline constexpr Pattern kConsumerARNPattern(
    R"(^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/co)"
    R"(nsumer\/[a-zA-Z0-9_.-]+:[0-9]+)");
inline constexpr Pattern kNamePattern(R"([a-zA-Z0-9_.-]+)");
inline constexpr Pattern kHashKeyPattern(R"(0|([1-9]\d{0,38}))");
inline constexpr Pattern kResourceARNPattern(R"(arn:aws.*:kinesis:.*:\d{12}:.*stream/\S+)");
inline constexpr Pattern kSequenceNumberPattern(R"(0|([1-9]\d{0,128}))");
inline constexpr Pattern kStreamARNPattern(R"(arn:aws.*:kinesis:.*:\d{12}:stream/\S+)");
inline constexpr Pattern kStreamIdPattern(R"([a-z0-9]{20}-[a-z0-9]{3})");

// --- Shapes --------------------------------------------------------------------------------------

inline constexpr Shape kStructure = {.name = "", .kind = ShapeKind::kStructure};
inline constexpr Shape kSubscribeToShardEventStream = {.name = "SubscribeToShardEventStream",
                                                       .kind = ShapeKind::kEventStream};
inline constexpr Shape kBooleanObject = {.name = "BooleanObject", .kind = ShapeKind::kBoolean};
inline constexpr Shape kBucketARN = {.name = "BucketARN", .kind = ShapeKind::kString};
inline constexpr Shape kChannelARN = {.name = "ChannelARN", .kind = ShapeKind::kString};
inline constexpr Shape kChannelCount = {.name = "ChannelCount", .kind = ShapeKind::kInteger};
inline constexpr Shape kChannelCountLimit = {.name = "ChannelCountLimit",
                                             .kind = ShapeKind::kInteger};
inline constexpr Shape kChannelCreationTimestamp = {.name = "ChannelCreationTimestamp",
                                                    .kind = ShapeKind::kTimestamp};
inline constexpr Shape kChannelDestinationType = {
    .name = "ChannelDestinationType",
    .kind = ShapeKind::kString,
    .enum_values = EnumNames<ChannelDestinationType>::kNames};
inline constexpr Shape kChannelEncryptionType = {
    .name = "ChannelEncryptionType",
    .kind = ShapeKind::kString,
    .enum_values = EnumNames<ChannelEncryptionType>::kNames};
inline constexpr Shape kChannelId = {.name = "ChannelId", .kind = ShapeKind::kString};
inline constexpr Shape kChannelName = {.name = "ChannelName", .kind = ShapeKind::kString};
inline constexpr Shape kChannelStatus = {.name = "ChannelStatus",
                                         .kind = ShapeKind::kString,
                                         .enum_values = EnumNames<ChannelStatus>::kNames};
inline constexpr Shape kChannelStatusReason = {.name = "ChannelStatusReason",
                                               .kind = ShapeKind::kString};
inline constexpr Shape kChannelStreamConfigurationList = {
    .name = "ChannelStreamConfigurationList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kChannelStreamDescriptionList = {
    .name = "ChannelStreamDescriptionList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kChannelStreamIdentifierList = {
    .name = "ChannelStreamIdentifierList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kChannelSummaryList = {
    .name = "ChannelSummaryList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kChildShardList = {
    .name = "ChildShardList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kConsumerARN = {.name = "ConsumerARN",
                                       .kind = ShapeKind::kString,
                                       .min = 1,
                                       .max = 2048,
                                       .pattern = &kConsumerARNPattern};
inline constexpr Shape kConsumerCountObject = {
    .name = "ConsumerCountObject", .kind = ShapeKind::kInteger, .min = 0, .max = 1000000};
inline constexpr Shape kConsumerList = {
    .name = "ConsumerList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kConsumerName = {.name = "ConsumerName",
                                        .kind = ShapeKind::kString,
                                        .min = 1,
                                        .max = 128,
                                        .pattern = &kNamePattern};
inline constexpr Shape kConsumerStatus = {.name = "ConsumerStatus",
                                          .kind = ShapeKind::kString,
                                          .enum_values = EnumNames<ConsumerStatus>::kNames};
inline constexpr Shape kData = {
    .name = "Data", .kind = ShapeKind::kBlob, .min = 0, .max = 10485760};
inline constexpr Shape kDataFreshnessInSeconds = {.name = "DataFreshnessInSeconds",
                                                  .kind = ShapeKind::kInteger};
inline constexpr Shape kDescribeStreamInputLimit = {
    .name = "DescribeStreamInputLimit", .kind = ShapeKind::kInteger, .min = 1, .max = 10000};
inline constexpr Shape kDryRun = {.name = "DryRun", .kind = ShapeKind::kBoolean};
inline constexpr Shape kEnabled = {.name = "Enabled", .kind = ShapeKind::kBoolean};
inline constexpr Shape kEncryptionType = {.name = "EncryptionType",
                                          .kind = ShapeKind::kString,
                                          .enum_values = EnumNames<EncryptionType>::kNames};
inline constexpr Shape kEnhancedMonitoringList = {
    .name = "EnhancedMonitoringList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kErrorCode = {.name = "ErrorCode", .kind = ShapeKind::kString};
inline constexpr Shape kErrorMessage = {.name = "ErrorMessage", .kind = ShapeKind::kString};
inline constexpr Shape kErrorOutputPrefix = {.name = "ErrorOutputPrefix",
                                             .kind = ShapeKind::kString};
inline constexpr Shape kExpectedBucketOwner = {.name = "ExpectedBucketOwner",
                                               .kind = ShapeKind::kString};
inline constexpr Shape kGSRSchemaARN = {.name = "GSRSchemaARN", .kind = ShapeKind::kString};
inline constexpr Shape kGetRecordsInputLimit = {
    .name = "GetRecordsInputLimit", .kind = ShapeKind::kInteger, .min = 1, .max = 10000};
inline constexpr Shape kHashKey = {
    .name = "HashKey", .kind = ShapeKind::kString, .pattern = &kHashKeyPattern};
inline constexpr Shape kKeyId = {
    .name = "KeyId", .kind = ShapeKind::kString, .min = 1, .max = 2048};
inline constexpr Shape kListShardsInputLimit = {
    .name = "ListShardsInputLimit", .kind = ShapeKind::kInteger, .min = 1, .max = 10000};
inline constexpr Shape kListStreamConsumersInputLimit = {
    .name = "ListStreamConsumersInputLimit", .kind = ShapeKind::kInteger, .min = 1, .max = 10000};
inline constexpr Shape kListStreamsInputLimit = {
    .name = "ListStreamsInputLimit", .kind = ShapeKind::kInteger, .min = 1, .max = 10000};
inline constexpr Shape kListTagsForStreamInputLimit = {
    .name = "ListTagsForStreamInputLimit", .kind = ShapeKind::kInteger, .min = 1, .max = 50};
inline constexpr Shape kLogGroupName = {.name = "LogGroupName", .kind = ShapeKind::kString};
inline constexpr Shape kLogStreamName = {.name = "LogStreamName", .kind = ShapeKind::kString};
inline constexpr Shape kMaxRecordSizeInKiB = {
    .name = "MaxRecordSizeInKiB", .kind = ShapeKind::kInteger, .min = 1024, .max = 10240};
inline constexpr Shape kMaxResults = {.name = "MaxResults", .kind = ShapeKind::kInteger};
inline constexpr Shape kMetricsName = {.name = "MetricsName",
                                       .kind = ShapeKind::kString,
                                       .enum_values = EnumNames<MetricsName>::kNames};
inline constexpr Shape kMetricsNameList = {.name = "MetricsNameList",
                                           .kind = ShapeKind::kList,
                                           .min = 1,
                                           .max = 7,
                                           .element = &kMetricsName};
inline constexpr Shape kMillisBehindLatest = {
    .name = "MillisBehindLatest", .kind = ShapeKind::kLong, .min = 0};
inline constexpr Shape kMinimumThroughputBillingCommitmentInputStatus = {
    .name = "MinimumThroughputBillingCommitmentInputStatus",
    .kind = ShapeKind::kString,
    .enum_values = EnumNames<MinimumThroughputBillingCommitmentInputStatus>::kNames};
inline constexpr Shape kMinimumThroughputBillingCommitmentOutputStatus = {
    .name = "MinimumThroughputBillingCommitmentOutputStatus",
    .kind = ShapeKind::kString,
    .enum_values = EnumNames<MinimumThroughputBillingCommitmentOutputStatus>::kNames};
inline constexpr Shape kNamespace = {.name = "Namespace", .kind = ShapeKind::kString};
inline constexpr Shape kNaturalIntegerObject = {
    .name = "NaturalIntegerObject", .kind = ShapeKind::kInteger, .min = 0};
inline constexpr Shape kNextToken = {
    .name = "NextToken", .kind = ShapeKind::kString, .min = 1, .max = 1048576};
inline constexpr Shape kOnDemandStreamCountLimitObject = {.name = "OnDemandStreamCountLimitObject",
                                                          .kind = ShapeKind::kInteger,
                                                          .min = 0,
                                                          .max = 1000000};
inline constexpr Shape kOnDemandStreamCountObject = {
    .name = "OnDemandStreamCountObject", .kind = ShapeKind::kInteger, .min = 0, .max = 1000000};
inline constexpr Shape kOutputKeyTemplate = {.name = "OutputKeyTemplate",
                                             .kind = ShapeKind::kString};
inline constexpr Shape kPartitionFieldList = {
    .name = "PartitionFieldList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kPartitionKey = {
    .name = "PartitionKey", .kind = ShapeKind::kString, .min = 1, .max = 256};
inline constexpr Shape kPartitionTransform = {.name = "PartitionTransform",
                                              .kind = ShapeKind::kString,
                                              .enum_values = EnumNames<PartitionTransform>::kNames};
inline constexpr Shape kPolicy = {.name = "Policy", .kind = ShapeKind::kString};
inline constexpr Shape kPositiveIntegerObject = {
    .name = "PositiveIntegerObject", .kind = ShapeKind::kInteger, .min = 1};
inline constexpr Shape kPutRecordsRequestEntryList = {.name = "PutRecordsRequestEntryList",
                                                      .kind = ShapeKind::kList,
                                                      .min = 1,
                                                      .max = 500,
                                                      .element = &kStructure};
inline constexpr Shape kPutRecordsResultEntryList = {.name = "PutRecordsResultEntryList",
                                                     .kind = ShapeKind::kList,
                                                     .min = 1,
                                                     .max = 500,
                                                     .element = &kStructure};
inline constexpr Shape kRecordDistributionStrategy = {
    .name = "RecordDistributionStrategy",
    .kind = ShapeKind::kString,
    .enum_values = EnumNames<RecordDistributionStrategy>::kNames};
inline constexpr Shape kRecordFormatType = {.name = "RecordFormatType",
                                            .kind = ShapeKind::kString,
                                            .enum_values = EnumNames<RecordFormatType>::kNames};
inline constexpr Shape kRecordList = {
    .name = "RecordList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kResourceARN = {.name = "ResourceARN",
                                       .kind = ShapeKind::kString,
                                       .min = 1,
                                       .max = 2048,
                                       .pattern = &kResourceARNPattern};
inline constexpr Shape kRetentionPeriodHours = {.name = "RetentionPeriodHours",
                                                .kind = ShapeKind::kInteger};
inline constexpr Shape kS3CompressionType = {.name = "S3CompressionType",
                                             .kind = ShapeKind::kString,
                                             .enum_values = EnumNames<S3CompressionType>::kNames};
inline constexpr Shape kS3StorageClass = {.name = "S3StorageClass",
                                          .kind = ShapeKind::kString,
                                          .enum_values = EnumNames<S3StorageClass>::kNames};
inline constexpr Shape kS3TablesCompressionType = {
    .name = "S3TablesCompressionType",
    .kind = ShapeKind::kString,
    .enum_values = EnumNames<S3TablesCompressionType>::kNames};
inline constexpr Shape kS3TablesConfigurationList = {
    .name = "S3TablesConfigurationList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kScalingType = {.name = "ScalingType",
                                       .kind = ShapeKind::kString,
                                       .enum_values = EnumNames<ScalingType>::kNames};
inline constexpr Shape kSequenceNumber = {
    .name = "SequenceNumber", .kind = ShapeKind::kString, .pattern = &kSequenceNumberPattern};
inline constexpr Shape kServiceExecutionRoleARN = {.name = "ServiceExecutionRoleARN",
                                                   .kind = ShapeKind::kString};
inline constexpr Shape kShardCountObject = {
    .name = "ShardCountObject", .kind = ShapeKind::kInteger, .min = 0, .max = 1000000};
inline constexpr Shape kShardFilterType = {.name = "ShardFilterType",
                                           .kind = ShapeKind::kString,
                                           .enum_values = EnumNames<ShardFilterType>::kNames};
inline constexpr Shape kShardId = {
    .name = "ShardId", .kind = ShapeKind::kString, .min = 1, .max = 128, .pattern = &kNamePattern};
inline constexpr Shape kShardIdList = {
    .name = "ShardIdList", .kind = ShapeKind::kList, .element = &kShardId};
inline constexpr Shape kShardIterator = {
    .name = "ShardIterator", .kind = ShapeKind::kString, .min = 1, .max = 512};
// The order of tests that were written against the service.
inline constexpr auto kShardIteratorTypesInMessages = std::to_array<std::string_view>(
    {"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"});
inline constexpr Shape kShardIteratorType = {.name = "ShardIteratorType",
                                             .kind = ShapeKind::kString,
                                             .enum_values = EnumNames<ShardIteratorType>::kNames,
                                             .message_enum_values = kShardIteratorTypesInMessages};
inline constexpr Shape kShardList = {
    .name = "ShardList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kSourceName = {.name = "SourceName", .kind = ShapeKind::kString};
inline constexpr Shape kStreamARN = {.name = "StreamARN",
                                     .kind = ShapeKind::kString,
                                     .min = 1,
                                     .max = 2048,
                                     .pattern = &kStreamARNPattern};
inline constexpr Shape kStreamCreationTimestamp = {.name = "StreamCreationTimestamp",
                                                   .kind = ShapeKind::kTimestamp};
inline constexpr Shape kStreamFilterList = {
    .name = "StreamFilterList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kStreamId = {.name = "StreamId",
                                    .kind = ShapeKind::kString,
                                    .min = 1,
                                    .max = 24,
                                    .pattern = &kStreamIdPattern};
inline constexpr Shape kStreamMode = {
    .name = "StreamMode", .kind = ShapeKind::kString, .enum_values = EnumNames<StreamMode>::kNames};
inline constexpr Shape kStreamName = {.name = "StreamName",
                                      .kind = ShapeKind::kString,
                                      .min = 1,
                                      .max = 128,
                                      .pattern = &kNamePattern};
inline constexpr Shape kStreamNameList = {
    .name = "StreamNameList", .kind = ShapeKind::kList, .element = &kStreamName};
inline constexpr Shape kStreamStatus = {.name = "StreamStatus",
                                        .kind = ShapeKind::kString,
                                        .enum_values = EnumNames<StreamStatus>::kNames};
inline constexpr Shape kStreamSummaryList = {
    .name = "StreamSummaryList", .kind = ShapeKind::kList, .element = &kStructure};
inline constexpr Shape kTableBucketARN = {.name = "TableBucketARN", .kind = ShapeKind::kString};
inline constexpr Shape kTableName = {.name = "TableName", .kind = ShapeKind::kString};
inline constexpr Shape kTagKey = {
    .name = "TagKey", .kind = ShapeKind::kString, .min = 1, .max = 128};
inline constexpr Shape kTagKeyList = {
    .name = "TagKeyList", .kind = ShapeKind::kList, .min = 1, .max = 50, .element = &kTagKey};
inline constexpr Shape kTagList = {
    .name = "TagList", .kind = ShapeKind::kList, .min = 0, .max = 200, .element = &kStructure};
inline constexpr Shape kTagValue = {
    .name = "TagValue", .kind = ShapeKind::kString, .min = 0, .max = 256};
inline constexpr Shape kTagMap = {.name = "TagMap",
                                  .kind = ShapeKind::kMap,
                                  .min = 1,
                                  .max = 200,
                                  .key = &kTagKey,
                                  .element = &kTagValue};
inline constexpr Shape kTimestamp = {.name = "Timestamp", .kind = ShapeKind::kTimestamp};

// The shapes that have a pattern.
inline constexpr auto kPatternShapes = std::to_array<const Shape*>(
    {&kConsumerARN, &kConsumerName, &kHashKey, &kResourceARN, &kSequenceNumber, &kShardId,
     &kStreamARN, &kStreamId, &kStreamName});

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_MODEL_H_
