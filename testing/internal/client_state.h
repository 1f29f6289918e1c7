// Everything that can be seen of a client, as text: to be compared before and after a call that
// must not change anything.
#ifndef KINESIS_CORE_TESTING_INTERNAL_CLIENT_STATE_H_
#define KINESIS_CORE_TESTING_INTERNAL_CLIENT_STATE_H_

#include <string>

namespace kinesis::api {
class Client;
}  // namespace kinesis::api

namespace kinesis::api::testing {

// All streams with their descriptions, shards, records, tags, policies and consumers; the account's
// limits and settings; the engine's streams and what was put to them.
//
// Two texts are equal if nothing has changed and the clock stands still. Reads every record, so
// rates have to be off.
std::string StateOf(Client& client);

// The part of it that the operations show: what is there again with the next client of a directory.
std::string ShownStateOf(Client& client);

}  // namespace kinesis::api::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_CLIENT_STATE_H_
