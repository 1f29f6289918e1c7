// PutAllRecords: PutRecords that puts again what was refused.
//
// PutRecords succeeds although single records fail. Neither Amazon's SDKs nor a Client's own
// retries look into its answer: this does.
//
// Thread-safe: a function. It waits on the client's clock, on the calling thread.
#ifndef KINESIS_CORE_API_RESEND_H_
#define KINESIS_CORE_API_RESEND_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/record_operations.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

struct ResendOptions {
  // Times that a record is put, the first included; fewer than 1 are taken for 1. Between two of
  // them passes a random part of 2^(n-1) seconds after the n-th, 20 at most, as in RetryOptions.
  int max_attempts = 3;
  // Records of one partition key are stored in the order of the request: no call has two of a key,
  // so that one that is refused holds back those behind it, and only those. A key with n records
  // takes n calls at least. False: fewer calls; a record that was refused comes after others of its
  // key that were not.
  bool in_order_per_key = true;
  // Numbers in [0, 1) for the waits. Null: random ones.
  std::function<double()> random = nullptr;
};

// The answers of all records of the request, in its order: of those that failed the last one. A
// record that an earlier one of its key holds back when that has failed for good is not put, and
// has that one's error. Entries with an error other than ProvisionedThroughputExceededException and
// InternalFailure, of which there are none today, are not put again.
//
// An error: the first call has failed as a whole, and nothing is stored as far as the client can
// know. If a later one does, the records that it would have put have its error.
KINESIS_CORE_EXPORT absl::StatusOr<PutRecordsResponse> PutAllRecords(
    Client& client, const PutRecordsRequest& request, const ResendOptions& options = {});

// The same where other things than partition keys are kept in order: `order[i]` names that of
// records[i]. Requires: as many as records.
KINESIS_CORE_EXPORT absl::StatusOr<PutRecordsResponse> PutAllRecords(
    Client& client, const PutRecordsRequest& request, const ResendOptions& options,
    const std::vector<std::string>& order);

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_RESEND_H_
