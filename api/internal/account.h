// Account: what counts over all streams of a client.
#ifndef KINESIS_CORE_API_INTERNAL_ACCOUNT_H_
#define KINESIS_CORE_API_INTERNAL_ACCOUNT_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/internal/billing_commitment.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/lifecycle.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/state_store.h"
#include "kinesis_core/api/internal/stream_directory.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently. What it is given outlives it.
class Account {
 public:
  Account(const ClientOptions& options, StateStore& store, StreamDirectory& streams,
          Lifecycle& lifecycle)
      : options_(options), store_(store), streams_(streams), lifecycle_(lifecycle) {}
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  // Serializes what checks a limit of the account and then uses it up: creating streams, and adding
  // shards.
  Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  struct Use {
    int64_t provisioned_shards = 0;  // open ones of PROVISIONED streams
    int64_t coming_shards = 0;       // that they will have more when they cease to be UPDATING
    int64_t on_demand_streams = 0;
    int64_t changing_streams = 0;  // in CREATING or DELETING
  };
  // O(shards). Exact while mutex() is held.
  Use CountUse(CallTime& time) const;

  // LimitExceededException if the account may not have so many more shards.
  absl::Status CheckShardLimit(int64_t additional, CallTime& time) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  BillingCommitment& billing_commitment() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return billing_commitment_;
  }

  // Takes over what was saved by the last client, and returns how many clients there have been with
  // this one. Once, before anything else.
  absl::StatusOr<uint64_t> Load();
  // Changes the billing commitment by what `change` does to it, as of `now`, and saves that. On an
  // error (the engine's) nothing has changed.
  template <class Change>
  absl::Status ChangeCommitment(absl::Time now, const Change& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    BillingCommitment changed = billing_commitment_;
    change(changed);
    absl::Status status = store_.SaveAccount({generation_, changed.At(now)});
    if (status.ok()) billing_commitment_ = changed;
    return status;
  }

 private:
  const ClientOptions& options_;
  StateStore& store_;
  StreamDirectory& streams_;
  Lifecycle& lifecycle_;

  Mutex mutex_;
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  BillingCommitment billing_commitment_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_ACCOUNT_H_
