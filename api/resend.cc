#include "kinesis_core/api/resend.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/retry.h"

namespace kinesis::api {
namespace {

bool MayResend(const PutRecordsResultEntry& result) {
  return result.error_code == ErrorName(ErrorType::kProvisionedThroughputExceeded) ||
         result.error_code == "InternalFailure";
}

PutRecordsResultEntry FailedWith(const absl::Status& status) {
  const std::optional<Error> error = ErrorOf(status);
  PutRecordsResultEntry result;
  result.error_code = error ? error->name : absl::StatusCodeToString(status.code());
  result.error_message = std::string(status.message());
  return result;
}

// The records of a request that have no answer for good yet.
class Resender {
 public:
  Resender(Client& client, const PutRecordsRequest& request, const ResendOptions& options,
           const std::vector<std::string>& order)
      : client_(client), request_(request), options_(options), order_(order), call_(request) {
    const size_t count = request.records->size();
    attempts_.resize(count);
    response_.records.resize(count);
    for (size_t i = 0; i < count; ++i) waiting_.push_back(i);
  }

  absl::StatusOr<PutRecordsResponse> Run() {
    for (bool is_first = true; !waiting_.empty(); is_first = false) {
      const std::vector<size_t> chosen = Choose();
      call_.records->clear();
      for (const size_t i : chosen) call_.records->push_back((*request_.records)[i]);
      const absl::StatusOr<PutRecordsResponse> answer = client_.PutRecords(call_);
      if (!answer.ok() && is_first) return answer.status();
      if (answer.ok()) response_.encryption_type = answer->encryption_type;
      int failed_attempts = 0;
      std::set<size_t> done;
      for (size_t place = 0; place < chosen.size(); ++place) {
        const size_t i = chosen[place];
        PutRecordsResultEntry& result = response_.records[i];
        // A service that answers for fewer than it was given has not put the others.
        if (!answer.ok()) {
          result = FailedWith(answer.status());
        } else if (place < answer->records.size()) {
          result = answer->records[place];
        } else {
          result = FailedWith(absl::InternalError("the answer has no entry for the record"));
        }
        ++attempts_[i];
        if (answer.ok() && MayResend(result) && attempts_[i] < options_.max_attempts) {
          failed_attempts = std::max(failed_attempts, attempts_[i]);
        } else {
          done.insert(i);
        }
      }
      Drop(done);
      if (!answer.ok()) FailAll(answer.status());
      if (failed_attempts > 0) {
        internal::SleepFor(
            client_.clock(),
            internal::RetryDelay(failed_attempts, internal::DrawRandom(options_.random)));
      }
    }
    for (const PutRecordsResultEntry& result : response_.records) {
      if (result.error_code) ++response_.failed_record_count;
    }
    return std::move(response_);
  }

 private:
  // Those that the next call has: all, or the first of each key.
  std::vector<size_t> Choose() const {
    if (!options_.in_order_per_key) return waiting_;
    std::vector<size_t> chosen;
    std::set<std::string_view> keys;
    for (const size_t i : waiting_) {
      if (keys.insert(order_[i]).second) chosen.push_back(i);
    }
    return chosen;
  }

  // Takes those out that have an answer for good, and with one that failed those behind it.
  void Drop(const std::set<size_t>& done) {
    std::vector<size_t> left;
    std::vector<std::pair<std::string_view, const PutRecordsResultEntry*>> failed;
    if (options_.in_order_per_key) {
      for (const size_t i : done) {
        if (response_.records[i].error_code) failed.emplace_back(order_[i], &response_.records[i]);
      }
    }
    for (const size_t i : waiting_) {
      if (done.contains(i)) continue;
      const PutRecordsResultEntry* before = nullptr;
      for (const auto& [key, result] : failed) {
        if (key == order_[i]) before = result;
      }
      if (before == nullptr) {
        left.push_back(i);
      } else {
        response_.records[i] = *before;
      }
    }
    waiting_ = std::move(left);
  }

  void FailAll(const absl::Status& status) {
    for (const size_t i : waiting_) response_.records[i] = FailedWith(status);
    waiting_.clear();
  }

  Client& client_;
  const PutRecordsRequest& request_;
  const ResendOptions& options_;
  const std::vector<std::string>& order_;
  PutRecordsRequest call_;       // the last one, with those of its records that it puts
  std::vector<size_t> waiting_;  // in order
  std::vector<int> attempts_;    // of each record
  PutRecordsResponse response_;
};

}  // namespace

absl::StatusOr<PutRecordsResponse> PutAllRecords(Client& client, const PutRecordsRequest& request,
                                                 const ResendOptions& options) {
  std::vector<std::string> order;
  if (request.records) {
    for (const PutRecordsRequestEntry& record : *request.records) {
      order.emplace_back(record.partition_key.value_or(""));
    }
  }
  return PutAllRecords(client, request, options, order);
}

absl::StatusOr<PutRecordsResponse> PutAllRecords(Client& client, const PutRecordsRequest& request,
                                                 const ResendOptions& options,
                                                 const std::vector<std::string>& order) {
  // The client says what is wrong with a request without records, and what a dry run would do.
  if (!request.records || request.records->empty() || request.dry_run.value_or(false)) {
    return client.PutRecords(request);
  }
  return Resender(client, request, options, order).Run();
}

}  // namespace kinesis::api
