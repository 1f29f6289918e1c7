// A folder on the disk for a benchmark's files.
#ifndef KINESIS_CORE_BENCH_FOLDER_H_
#define KINESIS_CORE_BENCH_FOLDER_H_

#include <string>
#include <string_view>

#include "absl/flags/declare.h"

ABSL_DECLARE_FLAG(std::string, bench_directory);  // where it is made

namespace kinesis::bench {

// Made by the constructor, and removed with all that is in it by the destructor.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  // The kind of file system, of those that people have.
  std::string FileSystemName() const;

 private:
  std::string path_;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_FOLDER_H_
