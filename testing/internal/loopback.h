// A client over a transport whose other end is in the same process: what a suite over the engine's
// own client finds, it finds here, through JSON, HTTP's shapes, signatures and frames.
#ifndef KINESIS_CORE_TESTING_INTERNAL_LOOPBACK_H_
#define KINESIS_CORE_TESTING_INTERNAL_LOOPBACK_H_

#include <memory>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/transport.h"

namespace kinesis::testing {

// What serves `client`, which outlives it, as JsonService does: the target's operation, the body as
// its text. A subscription is a stream of chunks, a message each.
api::Transport LoopbackTo(api::Client& client);

// A client over a transport to `served`, which it keeps. What goes around the operations is that of
// `served`: its engine, options and limits, and its clock.
std::unique_ptr<api::Client> OverALoopback(std::unique_ptr<api::Client> served);

// The client that a suite is to use in the place of `client`: itself, or over a loopback if the
// suite is run so (KINESIS_TEST_OVER_TRANSPORT=1).
std::unique_ptr<api::Client> AsTheSuiteIsRun(std::unique_ptr<api::Client> client);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_LOOPBACK_H_
