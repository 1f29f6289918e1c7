// The few calls of the AWS CLI that a plan's script makes, on a stream in a file: for its test. A
// line of the file is an open shard: its number, and its first and last hash key; the first line
// counts how often the stream still says UPDATING. It is written apart from the planner, and
// refuses what Kinesis refuses.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/shard_id.h"

namespace {

using kinesis::HashKey;
using kinesis::ShardId;

struct OpenShard {
  uint32_t number = 0;
  HashKey first;
  HashKey last;
};

[[noreturn]] void Refuse(const std::string& why) {
  std::cerr << "An error occurred: " << why << "\n";
  std::exit(254);
}

class FakeStream {
 public:
  explicit FakeStream(const std::string& path) : path_(path) {
    std::ifstream file(path);
    file >> updating_ >> next_number_;
    std::string first;
    std::string last;
    for (uint32_t number = 0; file >> number >> first >> last;) {
      shards_.push_back({number, HashKey::Parse(first).value(), HashKey::Parse(last).value()});
    }
    if (shards_.empty()) Refuse("ResourceNotFoundException");
  }

  void Save() const {
    std::ofstream file(path_);
    file << updating_ << " " << next_number_ << "\n";
    for (const OpenShard& shard : shards_) {
      file << shard.number << " " << shard.first.ToString() << " " << shard.last.ToString() << "\n";
    }
  }

  std::string Status() { return updating_ > 0 && updating_-- > 0 ? "UPDATING" : "ACTIVE"; }

  void List() const {
    for (const OpenShard& shard : shards_) {
      std::cout << ShardId(shard.number).ToString() << "\t" << shard.first.ToString() << "\t"
                << shard.last.ToString() << "\n";
    }
  }

  void Split(const std::string& id, const std::string& new_start) {
    const OpenShard parent = Take(id);
    const HashKey at = HashKey::Parse(new_start).value();
    if (!(parent.first.Next() < at && at < parent.last)) Refuse("InvalidArgumentException: key");
    shards_.push_back({next_number_++, parent.first, at.Prev()});
    shards_.push_back({next_number_++, at, parent.last});
  }

  void Merge(const std::string& id, const std::string& adjacent_id) {
    const OpenShard lower = Take(id);
    const OpenShard upper = Take(adjacent_id);
    if (lower.last == HashKey::Max() || lower.last.Next() != upper.first) {
      Refuse("InvalidArgumentException: not adjacent");
    }
    shards_.push_back({next_number_++, lower.first, upper.last});
  }

 private:
  // Closes a shard.
  OpenShard Take(const std::string& id) {
    if (updating_ > 0) Refuse("ResourceInUseException");
    for (size_t i = 0; i < shards_.size(); ++i) {
      if (ShardId(shards_[i].number).ToString() != id) continue;
      const OpenShard shard = shards_[i];
      shards_.erase(shards_.begin() + static_cast<std::ptrdiff_t>(i));
      return shard;
    }
    Refuse("ResourceNotFoundException: " + id);
  }

  const std::string path_;
  int updating_ = 0;
  uint32_t next_number_ = 0;
  std::vector<OpenShard> shards_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || std::string(argv[1]) != "kinesis") Refuse("service");
  const std::string call = argv[2];
  std::map<std::string, std::string> options;
  for (int i = 3; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  FakeStream stream(options["--stream-name"]);
  if (call == "describe-stream-summary") {
    std::cout << stream.Status() << "\n";
  } else if (call == "list-shards") {
    stream.List();
  } else if (call == "split-shard") {
    stream.Split(options["--shard-to-split"], options["--new-starting-hash-key"]);
  } else if (call == "merge-shards") {
    stream.Merge(options["--shard-to-merge"], options["--adjacent-shard-to-merge"]);
  } else {
    Refuse("operation " + call);
  }
  stream.Save();
  return 0;
}
