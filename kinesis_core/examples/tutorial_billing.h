// Billing: the consumer that doc/tutorial.md builds, tests and takes into use. It adds up what each
// customer has ordered; the partition key of a record is the customer, its data an amount in cents.
//
// Thread-safe: several members of a group may call Handle at once.
#ifndef KINESIS_CORE_EXAMPLES_TUTORIAL_BILLING_H_
#define KINESIS_CORE_EXAMPLES_TUTORIAL_BILLING_H_

#include <charconv>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "kinesis_core/consumer_group.h"

class Billing {
 public:
  // For GroupMember::Run. Commits each order when it is added up, so that an order that cannot be
  // is the first that is not committed: it is the one that comes again, and no other does.
  absl::Status Handle(kinesis::Delivery& delivery) {
    for (size_t i = 0; i < delivery.records().size(); ++i) {
      const kinesis::RecordView order = delivery.records()[i];
      int cents = 0;
      const char* const end = order.data.data() + order.data.size();
      if (std::from_chars(order.data.data(), end, cents).ec != std::errc()) {
        return absl::InvalidArgumentError("an order without an amount");
      }
      Add(std::string(order.partition_key), cents);
      if (absl::Status status = delivery.Commit(i + 1); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // In order of name.
  std::map<std::string, int> cents_by_customer() const {
    const std::lock_guard lock(mutex_);
    return cents_;
  }

 private:
  void Add(const std::string& customer, int cents) {
    const std::lock_guard lock(mutex_);
    cents_[customer] += cents;
  }

  mutable std::mutex mutex_;
  std::map<std::string, int> cents_;
};

#endif  // KINESIS_CORE_EXAMPLES_TUTORIAL_BILLING_H_
