// Fills in a CallAnswer, by which an injector learns how a call was answered.
#ifndef KINESIS_CORE_API_INTERNAL_CALL_ANSWER_H_
#define KINESIS_CORE_API_INTERNAL_CALL_ANSWER_H_

#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/api/record_list.h"

namespace kinesis::api::internal {

// Notes the number of records that are returned, and the last of them.
inline void NoteRecords(const RecordList& records, CallAnswer* answer) {
  answer->count = records.size();
  if (!records.empty()) answer->last_record = records[records.size() - 1].sequence_number;
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CALL_ANSWER_H_
