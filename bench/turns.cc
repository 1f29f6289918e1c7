#include "bench/turns.h"

ABSL_FLAG(int, turns, 31, "Turns of each side in every row");
