// The report as one HTML page that needs nothing else: report_page.html with the report's JSON in
// it. The page draws its charts from that JSON.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_HTML_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_HTML_H_

#include <string>

#include "kinesis_core/lab/report.h"

namespace kinesis::lab {

// Returns the whole page.
std::string ToHtml(const LabReport& report);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_HTML_H_
