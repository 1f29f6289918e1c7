#include "kinesis_core/api/shell/directory_command.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string_view>
#include <vector>

#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/directory_check.h"
#include "kinesis_core/file_system.h"

namespace kinesis::testing {
namespace {

// Of any bytes.
std::string Quoted(std::string_view name) {
  std::string text;
  api::internal::JsonWriter(&text).Text(name);
  return text;
}

using Row = std::vector<std::string>;

// Columns as wide as their widest cell, numbers to the right.
void PrintTable(const std::vector<Row>& rows, size_t first_number, std::ostream& out) {
  std::vector<size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    std::ostringstream line;
    for (size_t i = 0; i < row.size(); ++i) {
      line << (i == 0 ? "" : "  ") << (i < first_number ? std::left : std::right)
           << std::setw(static_cast<int>(widths[i])) << row[i];
    }
    std::string text = line.str();
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  }
}

// "1 block", "2 blocks".
std::string Count(uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

void Print(const DirectoryReport& report, const std::string& holder, std::ostream& out) {
  std::vector<Row> rows = {{"stream", "shard", "state", "blocks", "block bytes", "records", "bytes",
                            "holes", "first index", "next index"}};
  CheckedShard all;
  for (const CheckedShard& shard : report.shards) {
    rows.push_back({Quoted(shard.stream), shard.shard_id.ToString(),
                    shard.is_open ? "open" : "closed", std::to_string(shard.blocks),
                    std::to_string(shard.block_bytes), std::to_string(shard.records),
                    std::to_string(shard.bytes), std::to_string(shard.holes),
                    std::to_string(shard.first_index), std::to_string(shard.end_index)});
    all.records += shard.records;
    all.bytes += shard.bytes;
    all.holes += shard.holes;
  }
  constexpr size_t kFirstNumber = 3;
  if (rows.size() > 1) PrintTable(rows, kFirstNumber, out);
  out << Count(report.streams.size(), "stream") << ", " << Count(report.shards.size(), "shard")
      << ", " << Count(all.records, "record") << " of " << Count(all.bytes, "byte") << ", "
      << Count(all.holes, "hole") << " that recovery would void\n";
  out << "journal: " << Count(report.journal_records, "record");
  if (report.journal_bytes_cut > 0) {
    out << "; recovery would cut " << Count(report.journal_bytes_cut, "byte") << ", as "
        << report.journal_cut_reason;
  }
  out << "\nwrite-ahead log: " << Count(report.wal_files, "file") << ", "
      << Count(report.wal_groups, "group") << ", " << Count(report.wal_bytes, "byte");
  if (report.wal_bytes_cut > 0) {
    out << "; recovery would cut " << Count(report.wal_bytes_cut, "byte") << ", as "
        << report.wal_cut_reason;
  }
  if (report.power_was_lost) {
    out << "\npower was lost, or the system crashed: blocks are made again of the write-ahead log";
    for (size_t i = 0; i < report.emptied_streams.size(); ++i) {
      out << (i == 0 ? ", and nothing is left of " : ", ") << Quoted(report.emptied_streams[i]);
    }
  }
  out << "\nblocks without an owner: " << report.spare_blocks << ", of "
      << Count(report.spare_bytes, "byte") << '\n';
  if (!holder.empty()) {
    out << holder << " has the directory: what is being put counts as holes, and what it has "
        << "just begun or ended as blocks without an owner\n";
  }
  out << "damage: " << (report.damage_count == 0 ? "none" : std::to_string(report.damage_count))
      << '\n';
  for (const DirectoryDamage& damage : report.damage) {
    out << "  " << damage.file;
    if (damage.at.has_value()) out << ", byte " << *damage.at;
    out << ": " << damage.what << '\n';
  }
  if (report.damage_count > report.damage.size()) {
    out << "  and " << report.damage_count - report.damage.size() << " more\n";
  }
}

}  // namespace

int CheckDirectoryCommand(FileSystem& files, const std::string& directory, std::ostream& out,
                          std::ostream& err) {
  const auto report = CheckDirectory(files, directory);
  if (!report.ok()) {
    err << "kinesis_shell: cannot check " << Quoted(directory) << ": " << report.status().message()
        << '\n';
    return 2;
  }
  Print(*report, HolderOf(directory), out);
  return report->damage_count == 0 ? 0 : 1;
}

std::string HolderOf(const std::string& directory) {
  struct stat lock = {};
  if (stat((directory + "/lock").c_str(), &lock) != 0) return {};
  // "1: FLOCK  ADVISORY  WRITE 42 08:01:123456 0 EOF": device and file behind the process.
  std::ostringstream file;
  file << std::hex << std::setfill('0') << std::setw(2) << major(lock.st_dev) << ':' << std::setw(2)
       << minor(lock.st_dev) << ':' << std::dec << lock.st_ino;
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number;
    std::string kind;
    std::string mode;
    std::string access;
    int64_t process = 0;
    std::string of;
    if (!(words >> number >> kind >> mode >> access >> process >> of)) continue;
    if (kind != "FLOCK" || of != file.str()) continue;
    if (process <= 0) return "a process of another container";
    std::string name;
    std::getline(std::ifstream("/proc/" + std::to_string(process) + "/comm"), name);
    return "process " + std::to_string(process) + (name.empty() ? "" : " (" + name + ")");
  }
  return {};
}

std::string WhyNoEngine(const absl::Status& status, const std::string& directory) {
  std::string why(status.message().data(), status.message().size());
  if (!absl::IsUnavailable(status) || directory.empty()) return why;
  const std::string holder = HolderOf(directory);
  return (holder.empty() ? "another engine" : holder) + " has the directory " + Quoted(directory) +
         ", and one at a time can; --check works beside it (" + why + ")";
}

}  // namespace kinesis::testing
