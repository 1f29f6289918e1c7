#include "kinesis_core/api/record_list.h"

#include <algorithm>

namespace kinesis::api {

RecordList RecordList::CopyOf(std::span<const Record> records) {
  size_t size = 0;
  for (const Record& record : records) {
    size += record.data.size() + record.partition_key.value_or("").size();
  }
  auto copies = std::make_unique<Copies>();
  copies->bytes = std::make_unique<char[]>(size);
  copies->records.assign(records.begin(), records.end());
  char* end = copies->bytes.get();
  const auto keep = [&end](std::string_view* text) {
    char* const begin = end;
    end = std::copy(text->begin(), text->end(), begin);
    *text = std::string_view(begin, text->size());
  };
  for (Record& record : copies->records) {
    keep(&record.data);
    if (record.partition_key) keep(&*record.partition_key);
  }
  RecordList list;
  list.copies_ = std::move(copies);
  return list;
}

}  // namespace kinesis::api
