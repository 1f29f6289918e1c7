// A transport over libcurl: an example of one, and what service_suite reaches an emulator by.
//
//   auto client = kinesis::api::Client::Create(kinesis::testing::CurlTransport(), options);
//
// Thread-safe: every request has a connection of its own, which is closed after it. (A program that
// sends many keeps handles, or a CURLSH of connections.) Timeouts go by the system's clock.
#ifndef KINESIS_CORE_TESTING_SERVICES_CURL_TRANSPORT_H_
#define KINESIS_CORE_TESTING_SERVICES_CURL_TRANSPORT_H_

#include "kinesis_core/api/transport.h"

namespace kinesis::testing {

api::Transport CurlTransport();

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_SERVICES_CURL_TRANSPORT_H_
