// The descriptions of all structures of the API.
#ifndef KINESIS_CORE_API_INTERNAL_DESCRIBE_ALL_H_
#define KINESIS_CORE_API_INTERNAL_DESCRIBE_ALL_H_

#include "kinesis_core/api/internal/describe_account_operations.h"
#include "kinesis_core/api/internal/describe_channel_operations.h"
#include "kinesis_core/api/internal/describe_consumer_operations.h"
#include "kinesis_core/api/internal/describe_record_operations.h"
#include "kinesis_core/api/internal/describe_shapes.h"
#include "kinesis_core/api/internal/describe_shard_operations.h"
#include "kinesis_core/api/internal/describe_stream_operations.h"
#include "kinesis_core/api/internal/describe_tag_operations.h"

#endif  // KINESIS_CORE_API_INTERNAL_DESCRIBE_ALL_H_
