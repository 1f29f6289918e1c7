// kinesis::api::FaultPlan by the name that it has in tests.
#ifndef KINESIS_CORE_TESTING_FAULT_PLAN_H_
#define KINESIS_CORE_TESTING_FAULT_PLAN_H_

#include "kinesis_core/api/fault_plan.h"

namespace kinesis::testing {

using api::FaultKind;
using api::FaultPlan;
using api::FaultRule;

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_FAULT_PLAN_H_
