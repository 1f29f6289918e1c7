/* Opens and closes engines, COUNT of them, and prints by how many KiB resident memory grew after a
 * first tenth. */
#include <stdio.h>
#include <stdlib.h>

#include "kinesis_core/api/c/kinesis.h"

static long resident_kib(void) {
  long pages = 0;
  FILE* const file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*s %ld", &pages) != 1) exit(2);
  fclose(file);
  return pages * 4;
}

static void cycle(void) {
  kinesis_engine* engine;
  kinesis_client* client;
  kinesis_stream* stream;
  kinesis_stream* created;
  kinesis_iterator* iterator;
  kinesis_group* group;
  kinesis_member* member;
  kinesis_delivery* delivery;
  kinesis_engine_options options = {0};
  kinesis_answer answer = {0};
  kinesis_view view;
  kinesis_read_result result = {0};
  const char* const json = "{\"StreamName\":\"s\",\"ShardCount\":1}";
  int code = 0;
  options.size = sizeof options;
  options.clock = KINESIS_SIMULATED_CLOCK;
  answer.size = sizeof answer;
  result.size = sizeof result;
  code |= kinesis_engine_open(&options, &engine);
  code |= kinesis_client_open(engine, &client);
  code |= kinesis_client_call(client, "CreateStream", 12, json, 33, &answer);
  code |= kinesis_stream_open(engine, "s", 1, &stream);
  code |= kinesis_stream_create(engine, "t", 1, NULL, &created);
  code |= kinesis_put(stream, "k", 1, "data", 4, NULL);
  code |= kinesis_iterator_open(stream, 0, KINESIS_TRIM_HORIZON, NULL, 0, &iterator);
  code |= kinesis_iterator_read(iterator, &view, 1, &result);
  code |= kinesis_group_create(stream, "g", 1, NULL, &group);
  code |= kinesis_group_join(group, &member);
  code |= kinesis_member_next(member, 0, &delivery);
  /* Some handles are closed, the others go with the engine. */
  code |= kinesis_iterator_close(iterator);
  code |= kinesis_engine_close(engine);
  if (code != 0) {
    fprintf(stderr, "%s\n", kinesis_message());
    exit(1);
  }
}

int main(int argc, char** argv) {
  const long count = argc > 1 ? atol(argv[1]) : 10000;
  long before;
  long i;
  for (i = 0; i < count / 10; ++i) cycle();
  before = resident_kib();
  for (; i < count; ++i) cycle();
  printf("%ld\n", resident_kib() - before);
  return 0;
}
