// The partition lab: how strategies spread real keys over shards. See bench/README.md, or --help.
//
//   bazel run --config=opt //bench:partition_lab -- --input=access.log --key_field=1 --shards=8
#include "kinesis_core/lab/lab_main.h"

int main(int argc, char** argv) { return kinesis::lab::LabMain(argc, argv); }
