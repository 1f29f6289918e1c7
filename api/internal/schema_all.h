// The descriptions of all structures of the API.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_ALL_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_ALL_H_

#include "kinesis_core/api/internal/schema_account_operations.h"
#include "kinesis_core/api/internal/schema_channel_operations.h"
#include "kinesis_core/api/internal/schema_consumer_operations.h"
#include "kinesis_core/api/internal/schema_record_operations.h"
#include "kinesis_core/api/internal/schema_shapes.h"
#include "kinesis_core/api/internal/schema_shard_operations.h"
#include "kinesis_core/api/internal/schema_stream_operations.h"
#include "kinesis_core/api/internal/schema_tag_operations.h"

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_ALL_H_
