// Exactly once into SQLite: the store saves the position of the group in the transaction that has
// the results, so a worker that dies in between leaves neither, and the next one does both again.
//
// Prints:
//   60 payments when the first worker died
//   100 payments, 4950 in all
#include <sqlite3.h>

#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"

namespace {
sqlite3* db = nullptr;
const kinesis::SequenceNumber kNone;  // no record is done with yet

// Runs statements and returns the last value that they give, if there is one.
std::string Sql(const std::string& text) {
  std::string value;
  const auto keep = [](void* last, int /*columns*/, char** values, char** /*names*/) {
    return *static_cast<std::string*>(last) = values[0], 0;
  };
  sqlite3_exec(db, text.c_str(), keep, &value, nullptr);
  return value;
}

struct SqliteStore : kinesis::CheckpointStore {
  absl::StatusOr<kinesis::Checkpoint> Load(const kinesis::CheckpointKey& key) override {
    const std::string row = " FROM positions WHERE id = '" + key.shard_id.ToString() + "'";
    return kinesis::Checkpoint{
        kinesis::SequenceNumber::Parse(Sql("SELECT position" + row)).value_or(kNone),
        std::stoull("0" + Sql("SELECT epoch" + row))};
  }
  // Ends the transaction in which the worker has written its results.
  absl::Status Save(const kinesis::CheckpointKey& key, const kinesis::Checkpoint& now,
                    uint64_t expected_epoch) override {
    if (Load(key)->epoch != expected_epoch) return absl::AbortedError("another has the shard");
    Sql("REPLACE INTO positions VALUES ('" + key.shard_id.ToString() + "', '" +
        now.position.ToString() + "', " + std::to_string(now.epoch) + "); COMMIT");
    return absl::OkStatus();
  }
};

// Enters payments until there are none, or dies in the middle of the delivery number `last`.
void Work(const kinesis::Stream& stream, int last) {
  const auto group = kinesis::ConsumerGroup::Create(
      stream, "ledger",
      {.checkpoint_store = std::make_shared<SqliteStore>(), .limits = {.max_records = 20}});
  kinesis::GroupMember member = group->Join().value();
  for (int i = 1;; ++i) {
    absl::StatusOr<kinesis::Delivery> payments = member.Next(absl::InfinitePast());
    if (!payments.ok()) break;
    Sql("BEGIN");
    for (const kinesis::RecordView& payment : payments->records()) {
      Sql("INSERT INTO payments VALUES (" + std::string(payment.data) + ")");
    }
    if (i == last || !payments->Commit().ok()) break;
  }
  Sql("ROLLBACK");  // as SQLite does with what a process leaves behind
  kinesis::ConsumerGroup::Remove(stream, "ledger").IgnoreError();
}
}  // namespace

int main() {
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) return 1;
  Sql("CREATE TABLE payments (amount); CREATE TABLE positions (id PRIMARY KEY, position, epoch)");
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream stream = engine->CreateStream("payments").value();
  for (int i = 0; i < 100; ++i) stream.Put({.data = std::to_string(i)}).value();
  Work(stream, 4);
  std::cout << Sql("SELECT COUNT(*) FROM payments") << " payments when the first worker died\n";
  Work(stream, 0);
  std::cout << Sql("SELECT COUNT(*) || ' payments, ' || SUM(amount) FROM payments") << " in all\n";
}
