// The report as tables for the terminal: plain text, no colours.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_TEXT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_TEXT_H_

#include <string>

#include "bench/partition_lab/report.h"

namespace kinesis::lab {

std::string ToText(const LabReport& report);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_TEXT_H_
