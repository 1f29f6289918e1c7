/* A program of the time of the first header, in the C of that time. */
#include <stdio.h>
#include <string.h>

#include "kinesis_0_1.inc"

static int failed(const char* what, int code) {
  fprintf(stderr, "%s: %s: %s\n", what, kinesis_code_name(code), kinesis_message());
  return 1;
}

int main(void) {
  kinesis_engine_options options;
  kinesis_engine* engine;
  kinesis_client* client;
  kinesis_stream* stream;
  kinesis_iterator* iterator;
  kinesis_answer answer;
  kinesis_view views[4];
  kinesis_read_result result;
  int code;

  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.clock = KINESIS_SIMULATED_CLOCK;
  options.no_delays = 1;
  if ((code = kinesis_engine_open(&options, &engine)) != 0) return failed("open", code);
  if ((code = kinesis_client_open(engine, &client)) != 0) return failed("client", code);
  memset(&answer, 0, sizeof answer);
  answer.size = sizeof answer;
  code = kinesis_client_call(client, "CreateStream", 12, "{\"StreamName\":\"s\",\"ShardCount\":1}",
                             33, &answer);
  if (code != 0) return failed("call", code);
  printf("%d %s\n", (int)answer.http_status, answer.json);

  if ((code = kinesis_stream_open(engine, "s", 1, &stream)) != 0) return failed("stream", code);
  if ((code = kinesis_put(stream, "alice", 5, "tea", 3, NULL)) != 0) return failed("put", code);
  code = kinesis_iterator_open(stream, 0, KINESIS_TRIM_HORIZON, NULL, 0, &iterator);
  if (code != 0) return failed("iterator", code);
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  code = kinesis_iterator_read(iterator, views, 4, &result);
  if (code != 0) return failed("read", code);
  printf("%d: %.*s had %.*s\n", (int)result.count, (int)views[0].key_size,
         (const char*)views[0].key, (int)views[0].data_size, (const char*)views[0].data);
  return kinesis_engine_close(engine);
}
