#include "bench/contenders/embedded_database.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "bench/fatal.h"

namespace kinesis::bench {
namespace {

// --- LMDB ----------------------------------------------------------------------------------------

void RequireLmdb(int code, const char* what) {
  if (code != MDB_SUCCESS) Fatal(std::string(what) + ": " + mdb_strerror(code));
}

// A new folder, in memory where the system has such a place.
std::string NewFolder() {
  std::error_code error;
  const bool has_memory = std::filesystem::is_directory("/dev/shm", error);
  std::string folder =
      (has_memory ? "/dev/shm" : std::filesystem::temp_directory_path(error).string()) +
      "/kinesis_bench_XXXXXX";
  Require(mkdtemp(folder.data()) != nullptr, "no folder for LMDB");
  return folder;
}

// Address space, of which only what is written takes memory.
constexpr size_t kMapBytes = size_t{8} << 30;

std::string_view TextOf(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

}  // namespace

LmdbLog::LmdbLog(const Workload& /*workload*/) : LmdbLog(NewFolder()) {}

LmdbLog::LmdbLog(const std::string& folder) : folder_(folder) {
  std::error_code ignored;
  std::filesystem::create_directory(folder_, ignored);
  RequireLmdb(mdb_env_create(&environment_), "mdb_env_create");
  RequireLmdb(mdb_env_set_mapsize(environment_, kMapBytes), "mdb_env_set_mapsize");
  constexpr unsigned kFlags = MDB_NOSYNC | MDB_WRITEMAP | MDB_NOTLS | MDB_NOMEMINIT;
  RequireLmdb(mdb_env_open(environment_, folder_.c_str(), kFlags, 0600), "mdb_env_open");
  MDB_txn* transaction;
  RequireLmdb(mdb_txn_begin(environment_, nullptr, 0, &transaction), "mdb_txn_begin");
  RequireLmdb(mdb_dbi_open(transaction, nullptr, MDB_INTEGERKEY, &database_), "mdb_dbi_open");
  RequireLmdb(mdb_txn_commit(transaction), "mdb_txn_commit");
}

LmdbLog::~LmdbLog() {
  mdb_env_close(environment_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void LmdbLog::Append(MessageSpan batch) {
  MDB_txn* transaction;
  RequireLmdb(mdb_txn_begin(environment_, nullptr, 0, &transaction), "mdb_txn_begin");
  for (size_t i = 0; i < batch.count; ++i) {
    MDB_val key{sizeof number_, &number_};
    MDB_val data{batch[i].size(), const_cast<char*>(batch[i].data())};
    RequireLmdb(mdb_put(transaction, database_, &key, &data, MDB_APPEND), "mdb_put");
    ++number_;
  }
  RequireLmdb(mdb_txn_commit(transaction), "mdb_txn_commit");
}

LmdbLog::Consumer::Consumer(LmdbLog& log) {
  RequireLmdb(mdb_txn_begin(log.environment_, nullptr, MDB_RDONLY, &transaction_), "mdb_txn_begin");
  RequireLmdb(mdb_cursor_open(transaction_, log.database_, &cursor_), "mdb_cursor_open");
  mdb_txn_reset(transaction_);
}

LmdbLog::Consumer::~Consumer() {
  mdb_cursor_close(cursor_);
  mdb_txn_abort(transaction_);
}

bool LmdbLog::Consumer::Begin(std::string_view* data) {
  RequireLmdb(mdb_txn_renew(transaction_), "mdb_txn_renew");
  RequireLmdb(mdb_cursor_renew(transaction_, cursor_), "mdb_cursor_renew");
  MDB_val key{sizeof number_, &number_};
  MDB_val value;
  const int code = mdb_cursor_get(cursor_, &key, &value, MDB_SET_KEY);
  if (code == MDB_NOTFOUND) return false;
  RequireLmdb(code, "mdb_cursor_get");
  *data = TextOf(value);
  return true;
}

bool LmdbLog::Consumer::Next(std::string_view* data) {
  MDB_val key;
  MDB_val value;
  const int code = mdb_cursor_get(cursor_, &key, &value, MDB_NEXT);
  if (code == MDB_NOTFOUND) return false;
  RequireLmdb(code, "mdb_cursor_get");
  *data = TextOf(value);
  return true;
}

void LmdbLog::Consumer::End() { mdb_txn_reset(transaction_); }

// --- SQLite --------------------------------------------------------------------------------------

namespace {

void RequireSqlite(bool ok, sqlite3* database, const char* what) {
  if (!ok) Fatal(std::string(what) + ": " + sqlite3_errmsg(database));
}

sqlite3_stmt* Prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement;
  RequireSqlite(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                   nullptr) == SQLITE_OK,
                database, sql);
  return statement;
}

// Runs a statement that returns nothing.
void Run(sqlite3* database, sqlite3_stmt* statement) {
  RequireSqlite(sqlite3_step(statement) == SQLITE_DONE, database, sqlite3_sql(statement));
  sqlite3_reset(statement);
}

}  // namespace

SqliteLog::SqliteLog(const Workload& /*workload*/) : SqliteLog(":memory:") {}

SqliteLog::SqliteLog(const std::string& path) {
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  Require(sqlite3_open_v2(path.c_str(), &database_, kFlags, nullptr) == SQLITE_OK,
          "sqlite3_open_v2");
  for (const char* const setting : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF"}) {
    RequireSqlite(sqlite3_exec(database_, setting, nullptr, nullptr, nullptr) == SQLITE_OK,
                  database_, setting);
  }
  sqlite3_stmt* const create =
      Prepare(database_, "CREATE TABLE log (number INTEGER PRIMARY KEY, data BLOB)");
  Run(database_, create);
  sqlite3_finalize(create);
  begin_ = Prepare(database_, "BEGIN");
  commit_ = Prepare(database_, "COMMIT");
  insert_ = Prepare(database_, "INSERT INTO log (data) VALUES (?)");
  select_ = Prepare(database_, "SELECT data FROM log WHERE number >= ? ORDER BY number LIMIT ?");
}

SqliteLog::~SqliteLog() {
  for (sqlite3_stmt* const statement : {begin_, commit_, insert_, select_}) {
    sqlite3_finalize(statement);
  }
  sqlite3_close(database_);
}

void SqliteLog::Append(MessageSpan batch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (batch.count > 1) Run(database_, begin_);
  for (size_t i = 0; i < batch.count; ++i) {
    sqlite3_bind_blob64(insert_, 1, batch[i].data(), batch[i].size(), SQLITE_STATIC);
    Run(database_, insert_);
  }
  if (batch.count > 1) Run(database_, commit_);
}

void SqliteLog::Begin(uint64_t number, size_t most) {
  sqlite3_bind_int64(select_, 1, static_cast<sqlite3_int64>(number));
  sqlite3_bind_int64(select_, 2, static_cast<sqlite3_int64>(most));
}

bool SqliteLog::Next(std::string_view* data) {
  const int code = sqlite3_step(select_);
  if (code == SQLITE_DONE) {
    sqlite3_reset(select_);
    return false;
  }
  RequireSqlite(code == SQLITE_ROW, database_, "SELECT");
  *data = {static_cast<const char*>(sqlite3_column_blob(select_, 0)),
           static_cast<size_t>(sqlite3_column_bytes(select_, 0))};
  return true;
}

}  // namespace kinesis::bench
