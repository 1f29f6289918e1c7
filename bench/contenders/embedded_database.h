// Databases used as a log: a record for each message, under a number that grows.
//
// In memory LMDB lies on a file system there and SQLite is ":memory:"; given a path, both have a
// file there, SQLite with a write-ahead log. Neither waits for the disk. A single put is a
// transaction, and so is a batch. Nothing is deleted.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_EMBEDDED_DATABASE_H_
#define KINESIS_CORE_BENCH_CONTENDERS_EMBEDDED_DATABASE_H_

#include <lmdb.h>
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "bench/contenders/contender.h"

namespace kinesis::bench {

class LmdbLog {
 public:
  static constexpr std::string_view kName = "lmdb";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit LmdbLog(const Workload& workload);
  // In a folder, which is made, and removed at the end.
  explicit LmdbLog(const std::string& folder);
  ~LmdbLog();
  LmdbLog(const LmdbLog&) = delete;
  LmdbLog& operator=(const LmdbLog&) = delete;

  class Producer {
   public:
    Producer(LmdbLog& log, size_t /*index*/) : log_(log) {}

    void Put(std::string_view data) {
      log_.Append({reinterpret_cast<const std::byte*>(data.data()), data.size(), 1});
    }
    void PutBatch(MessageSpan batch) { log_.Append(batch); }

   private:
    LmdbLog& log_;
  };

  // Reads in place, one transaction for each poll.
  class Consumer {
   public:
    explicit Consumer(LmdbLog& log);
    ~Consumer();
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      size_t taken = 0;
      std::string_view data;
      for (bool found = Begin(&data); found; found = Next(&data)) {
        take(data);
        ++number_;
        if (++taken == most) break;
      }
      End();
      return taken;
    }

   private:
    // A transaction at the next record that has not been read. False if there is none.
    bool Begin(std::string_view* data);
    bool Next(std::string_view* data);
    void End();

    MDB_txn* transaction_;
    MDB_cursor* cursor_;
    uint64_t number_ = 0;  // of the next record
  };

 private:
  void Append(MessageSpan batch);

  std::string folder_;
  MDB_env* environment_ = nullptr;
  MDB_dbi database_ = 0;
  uint64_t number_ = 0;  // of the next record; guarded by LMDB's lock for writers
};

// One connection, which both threads use under a mutex.
class SqliteLog {
 public:
  static constexpr std::string_view kName = "sqlite";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit SqliteLog(const Workload& workload);
  // In a file, which is made, and stays.
  explicit SqliteLog(const std::string& path);
  ~SqliteLog();
  SqliteLog(const SqliteLog&) = delete;
  SqliteLog& operator=(const SqliteLog&) = delete;

  class Producer {
   public:
    Producer(SqliteLog& log, size_t /*index*/) : log_(log) {}

    void Put(std::string_view data) {
      log_.Append({reinterpret_cast<const std::byte*>(data.data()), data.size(), 1});
    }
    void PutBatch(MessageSpan batch) { log_.Append(batch); }

   private:
    SqliteLog& log_;
  };

  class Consumer {
   public:
    explicit Consumer(SqliteLog& log) : log_(log) {}

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      const std::lock_guard<std::mutex> lock(log_.mutex_);
      size_t taken = 0;
      log_.Begin(number_, most);
      for (std::string_view data; log_.Next(&data); ++taken) take(data);
      number_ += taken;
      return taken;
    }

   private:
    SqliteLog& log_;
    uint64_t number_ = 1;  // of the next record: SQLite counts from 1
  };

 private:
  void Append(MessageSpan batch);
  // Selects at most `most` records from `number` on.
  void Begin(uint64_t number, size_t most);
  bool Next(std::string_view* data);

  std::mutex mutex_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_EMBEDDED_DATABASE_H_
