// The report as tables for the terminal: plain text, no colours.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_TEXT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_TEXT_H_

#include <cstddef>
#include <string>

#include "kinesis_core/lab/report.h"

namespace kinesis::lab {

// Returns the tables, with a line or more between them. They are no wider than `width` characters,
// if their columns allow it; 0: of any width.
std::string ToText(const LabReport& report, size_t width = 0);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_TEXT_H_
