/* A program in C on the C interface. */
#include <stdio.h>

#include "kinesis_core/api/c/kinesis.h"

int main(void) {
  kinesis_engine* engine = NULL;
  kinesis_stream* stream = NULL;
  kinesis_sequence_number number;
  int code = kinesis_engine_open(NULL, &engine);
  if (code == KINESIS_OK) code = kinesis_stream_create(engine, "s", 1, NULL, &stream);
  if (code == KINESIS_OK) code = kinesis_put(stream, "alice", 5, "tea", 3, &number);
  if (code != KINESIS_OK) {
    fprintf(stderr, "%s: %s\n", kinesis_code_name(code), kinesis_message());
    return 1;
  }
  printf("record %d put from C\n", (int)number.index);
  return kinesis_engine_close(engine);
}
