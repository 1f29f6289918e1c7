// A test that hangs ends with its name and what it waited for.
//
// Link @kinesis_core//:testing_watchdog into a Google test: shortly before the test runner would
// kill the program (TEST_TIMEOUT, which Bazel sets; 60 seconds without it), or after
// KINESIS_TEST_WATCHDOG seconds if that is set, the program prints which test has not ended and
// what its threads wait for, and fails. With KINESIS_TEST_WATCHDOG=0 nothing watches, and no thread
// is started: for a debugger, and where threads are not to be had.
//
//   const WaitingFor waiting("a put that wakes the reader");
//   reader.join();
#ifndef KINESIS_CORE_TESTING_WATCHDOG_H_
#define KINESIS_CORE_TESTING_WATCHDOG_H_

#include <cstdint>
#include <string>

#include "kinesis_core/export.h"

namespace kinesis::testing {

// Says what this thread waits for as long as the object lives.
//
// Thread-compatible; objects of different threads are independent.
class KINESIS_CORE_EXPORT WaitingFor {
 public:
  explicit WaitingFor(std::string what);
  ~WaitingFor();
  WaitingFor(const WaitingFor&) = delete;
  WaitingFor& operator=(const WaitingFor&) = delete;

 private:
  const uint64_t id_;
};

// All that is waited for at the moment, oldest first, as the watchdog prints it: "a; b". Empty if
// nothing is.
KINESIS_CORE_EXPORT std::string AllWaitedFor();

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_WATCHDOG_H_
