// ConsumerSeconds: the creation second that is part of a consumer's ARN, and tells it from those
// registered before under the same stream's and consumer's names.
#ifndef KINESIS_CORE_API_INTERNAL_CONSUMER_SECONDS_H_
#define KINESIS_CORE_API_INTERNAL_CONSUMER_SECONDS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/api/internal/mutex.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently.
class ConsumerSeconds {
 public:
  // The second, since the Unix epoch, for a consumer that is registered now: the present, or the
  // first one after it that none of these names has had.
  int64_t Take(const std::string& stream_arn, const std::string& consumer_name, int64_t now_ms);

 private:
  static constexpr size_t kFirstSweep = 1024;

  Mutex mutex_;
  // The newest second of each stream's ARN and consumer's name.
  std::map<std::string, int64_t> newest_ ABSL_GUARDED_BY(mutex_);
  size_t sweep_at_ ABSL_GUARDED_BY(mutex_) = kFirstSweep;  // size at which old ones are forgotten
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CONSUMER_SECONDS_H_
