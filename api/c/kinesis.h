/* kinesis.h: the C interface of kinesis_core, for C and for every language that calls C.
 *
 *   kinesis_engine* engine;
 *   kinesis_client* client;
 *   kinesis_answer answer = {sizeof answer};
 *   kinesis_engine_open(NULL, &engine);
 *   kinesis_client_open(engine, &client);
 *   kinesis_client_call(client, "ListStreams", 11, "{}", 2, &answer);
 *   printf("%d %s\n", answer.http_status, answer.json);
 *   kinesis_engine_close(engine);
 *
 * One shared library, libkinesis.so.0. Nothing but this header is needed, which is C89 with
 * <stdint.h>. It has Kinesis's operations as JSON (client), the event stream of SubscribeToShard as
 * an SDK reads it (events), the clock, the faults, and the bus itself without any text: streams,
 * iterators, consumer groups.
 *
 * Results. Every function returns a kinesis_code: KINESIS_OK is 0, all others are errors, and
 * kinesis_message() says in words what was wrong, naming the argument. After an error nothing has
 * changed and no `out` was written, unless a function says otherwise.
 *
 * Handles are numbers that look like pointers: they are looked up, never followed. NULL, one that
 * was closed, one of another kind and a number that never was a handle are KINESIS_BAD_HANDLE, not
 * a crash. Closing an engine closes all that was made with it. A pointer to memory (text, structs,
 * `out`) is followed, as everywhere in C; NULL is refused where it is not said to be allowed.
 *
 * Threads. All functions may be called by any threads at once, but for handles of the kinds
 * kinesis_client, kinesis_events, kinesis_iterator, kinesis_member and kinesis_delivery, which one
 * thread at a time uses: a second one gets KINESIS_BUSY. kinesis_member_stop and closing are for
 * any thread; a call that is under way ends first, those that sleep are woken by
 * kinesis_engine_close.
 *
 * Structs begin with their size, which the caller sets to sizeof; fields are added at the end. A
 * program that was built with a shorter one gets the defaults of what it does not know; one that
 * is longer than the library's is taken if the rest is zero. Zeros are the defaults everywhere.
 * Structs that are elements of arrays have no size and never change.
 *
 * Stability. Names, argument lists and numbers stay as they are; functions and fields are added,
 * under symbol versions of their own. */
#ifndef KINESIS_CORE_API_C_KINESIS_H_
#define KINESIS_CORE_API_C_KINESIS_H_

/* NOLINTBEGIN(readability-identifier-naming,modernize-*): names and headers are C's. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define KINESIS_API __attribute__((visibility("default")))
#else
#define KINESIS_API
#endif

/* Major * 65536 + minor, as kinesis_version() returns it. */
#define KINESIS_VERSION 0x00000002

/* --- Results ---------------------------------------------------------------------------------- */

/* Those below 100 are absl::StatusCode's. */
enum kinesis_code {
  KINESIS_OK = 0,
  KINESIS_CANCELLED = 1, /* kinesis_member_stop was called */
  KINESIS_UNKNOWN = 2,
  KINESIS_INVALID_ARGUMENT = 3,
  KINESIS_DEADLINE_EXCEEDED = 4, /* the time to wait is over */
  KINESIS_NOT_FOUND = 5,         /* no such stream, shard or group, or no more */
  KINESIS_ALREADY_EXISTS = 6,
  KINESIS_RESOURCE_EXHAUSTED = 8, /* the stream or the memory is full; retry later */
  KINESIS_FAILED_PRECONDITION = 9,
  KINESIS_ABORTED = 10, /* a delivery of which the shard was taken away */
  KINESIS_OUT_OF_RANGE = 11,
  KINESIS_INTERNAL = 13,
  KINESIS_BAD_HANDLE = 100, /* NULL, closed, or of another kind */
  KINESIS_BUSY = 101,       /* another thread uses the handle at this moment */
  KINESIS_END = 102         /* the events, or the stream of a group, are at their end */
};

/* The version of the library, which may be newer than KINESIS_VERSION. */
KINESIS_API uint32_t kinesis_version(void);

/* What the last call of this thread that failed has to say. Never NULL; valid until the next call
 * of this thread that fails. */
KINESIS_API const char* kinesis_message(void);

/* "KINESIS_NOT_FOUND"; "" for numbers that are no code. Static. */
KINESIS_API const char* kinesis_code_name(int code);

/* --- Engines ---------------------------------------------------------------------------------- */

typedef struct kinesis_engine kinesis_engine;

enum kinesis_clock {
  KINESIS_SYSTEM_CLOCK = 0,
  KINESIS_SIMULATED_CLOCK = 1 /* moves when told, or by itself: auto_advance_threads */
};

/* The limits of the API; the bus has none but the memory. */
enum kinesis_limits {
  KINESIS_LIMITS_TODAY = 0, /* as the service of today */
  KINESIS_LIMITS_2015 = 1,  /* 13 operations, records of 50 KB */
  KINESIS_LIMITS_NONE = 2
};

typedef struct {
  size_t size;
  int32_t clock;                /* kinesis_clock */
  int32_t limits;               /* kinesis_limits */
  int32_t no_rates;             /* not 0: nothing is throttled; sizes and states are enforced */
  int32_t no_delays;            /* not 0: streams are ACTIVE at once, instead of after 10 s */
  uint64_t memory_budget_bytes; /* for the records of all streams; 0: 1 GiB */
  /* From version 0.2 on. */
  const char* account_id; /* twelve digits; NULL: "000000000000" */
  const char* region;     /* NULL: "us-east-1" */
  int64_t start_ms;       /* where simulated time begins; 0: 1600000000000 */
  uint64_t seed;          /* of faults with a probability; 0: 1 */
} kinesis_engine_options;

/* `options` may be NULL. */
KINESIS_API int kinesis_engine_open(const kinesis_engine_options* options, kinesis_engine** out);

/* Deletes the engine with all its streams, and all handles that were made with it. */
KINESIS_API int kinesis_engine_close(kinesis_engine* engine);

/* --- Time ------------------------------------------------------------------------------------- */

/* The engine's time, in milliseconds since the Unix epoch. */
KINESIS_API int kinesis_now(kinesis_engine* engine, int64_t* out_ms);

/* Moves simulated time, also back. KINESIS_FAILED_PRECONDITION: the clock is the system's.
 * KINESIS_OUT_OF_RANGE: before 1970 or after 9999. */
KINESIS_API int kinesis_advance(kinesis_engine* engine, int64_t ms);

/* From now on, whenever `threads` threads sleep in calls of this library, time moves to where the
 * first of them wakes: waits take no real time. 0 ends it. */
KINESIS_API int kinesis_auto_advance(kinesis_engine* engine, uint32_t threads);

/* Sleeps for so long by the engine's clock; less than 0: not at all. KINESIS_CANCELLED: the engine
 * was closed meanwhile. From version 0.2 on. */
KINESIS_API int kinesis_sleep(kinesis_engine* engine, int64_t ms);

/* --- Faults: what goes wrong in clients, for tests -------------------------------------------- */

/* Adds rules, one a line: "fail put of stream orders with ProvisionedThroughputExceeded, 3 times
 * after 10". api/fault_plan.h has the grammar. KINESIS_INVALID_ARGUMENT: a line is none. */
KINESIS_API int kinesis_faults_add(kinesis_engine* engine, const char* rules, size_t rules_size);

KINESIS_API int kinesis_faults_clear(kinesis_engine* engine);

/* Rules, how often each struck, and where. Valid until the next call of this by the thread. */
KINESIS_API int kinesis_faults_report(kinesis_engine* engine, const char** text, size_t* text_size);

/* --- The API: Kinesis's operations as JSON ---------------------------------------------------- */

typedef struct kinesis_client kinesis_client;
typedef struct kinesis_events kinesis_events;

typedef struct {
  size_t size;
  int32_t http_status; /* 200, 400 or 500 */
  int32_t reserved;
  const char* json; /* the body; also ends with a zero byte */
  size_t json_size;
  const char* error;      /* "ResourceNotFoundException"; "" if there is none */
  kinesis_events* events; /* of a SubscribeToShard that succeeded; else NULL */
} kinesis_answer;

/* A client for one thread; any number may share an engine. */
KINESIS_API int kinesis_client_open(kinesis_engine* engine, kinesis_client** out);
KINESIS_API int kinesis_client_close(kinesis_client* client);

/* Carries out an operation: "PutRecord", or the whole header "Kinesis_20131202.PutRecord". An error
 * of the service is an answer, and the call KINESIS_OK. What `answer` points at is valid until the
 * next call of the client. */
KINESIS_API int kinesis_client_call(kinesis_client* client, const char* operation,
                                    size_t operation_size, const char* json, size_t json_size,
                                    kinesis_answer* answer);

typedef struct {
  size_t size;
  const char* frames; /* as they follow the HTTP headers: see below */
  size_t frames_size;
  const char* json; /* the event; "" of the first */
  size_t json_size;
  int32_t idle; /* not 0: nothing is new */
  int32_t reserved;
} kinesis_event;

/* The next event, as application/vnd.amazon.eventstream; the first call gives the one that is
 * called "initial-response". Waits at most `wait_ms` by the engine's clock for something new; an
 * event without records is what there is then. KINESIS_END: the subscription is over. Valid until
 * the next call. */
KINESIS_API int kinesis_events_next(kinesis_events* events, int64_t wait_ms, kinesis_event* event);

/* Ends the subscription. */
KINESIS_API int kinesis_events_close(kinesis_events* events);

/* --- The bus: streams ------------------------------------------------------------------------- */

typedef struct kinesis_stream kinesis_stream;

/* The place of a record in its shard. An element: it never changes. */
typedef struct {
  uint64_t index; /* of the record in its shard */
  uint64_t shard_created_s;
  uint64_t arrived_s;
  uint32_t shard;
  uint32_t reserved;
} kinesis_sequence_number;

/* A record to put. An element: it never changes. Bytes are copied by the put. */
typedef struct {
  const void* key; /* decides the shard; NULL if key_size is 0 */
  const void* data;
  uint32_t key_size;
  uint32_t data_size;
  const char* hash_key; /* decides it instead: decimal, ends with zero; or NULL */
} kinesis_record;

/* What became of one record of a batch. An element: it never changes. */
typedef struct {
  int32_t code; /* kinesis_code */
  int32_t reserved;
  kinesis_sequence_number sequence_number;
} kinesis_put_result;

enum kinesis_overflow { KINESIS_REJECT = 0, KINESIS_TRIM_OLDEST = 1 };

typedef struct {
  size_t size;
  int64_t shard_count;           /* 0: 1 */
  int64_t retention_ms;          /* 0: 24 hours */
  uint64_t shard_capacity_bytes; /* 0: 64 MiB */
  int32_t overflow;              /* kinesis_overflow */
  int32_t keep_until_committed;  /* not 0: records stay until every group has committed them */
  int32_t spread_evenly;         /* not 0: shards take turns, keys decide nothing */
  int32_t reserved;
} kinesis_stream_options;

/* A new stream, which clients see as one whose name is taken. `options` may be NULL. */
KINESIS_API int kinesis_stream_create(kinesis_engine* engine, const char* name, size_t name_size,
                                      const kinesis_stream_options* options, kinesis_stream** out);
/* One that is there, those of clients included. */
KINESIS_API int kinesis_stream_open(kinesis_engine* engine, const char* name, size_t name_size,
                                    kinesis_stream** out);
/* Ends a stream gently: puts are refused, readers go on to its end. */
KINESIS_API int kinesis_stream_finish(kinesis_stream* stream);
KINESIS_API int kinesis_stream_delete(kinesis_engine* engine, const char* name, size_t name_size);
/* Lets the handle go; the stream stays. */
KINESIS_API int kinesis_stream_close(kinesis_stream* stream);

/* Puts one record. `out` may be NULL. */
KINESIS_API int kinesis_put(kinesis_stream* stream, const void* key, size_t key_size,
                            const void* data, size_t data_size, kinesis_sequence_number* out);
/* The same; while there is no room, waits for it. */
KINESIS_API int kinesis_put_wait(kinesis_stream* stream, const kinesis_record* record,
                                 int64_t wait_ms, kinesis_sequence_number* out);
/* Puts `count` records, each on its own account. KINESIS_OK: all are there. Otherwise the code of
 * the first that failed; `results`, which may be NULL, has all, and the others are there. */
KINESIS_API int kinesis_put_batch(kinesis_stream* stream, const kinesis_record* records,
                                  size_t count, kinesis_put_result* results);

/* Decimal text of a number, 56 digits and a zero byte. */
KINESIS_API int kinesis_sequence_number_text(const kinesis_sequence_number* number, char text[57]);
KINESIS_API int kinesis_sequence_number_parse(const char* text, size_t text_size,
                                              kinesis_sequence_number* out);

/* An element: it never changes. */
typedef struct {
  uint32_t shard;
  int32_t is_open;
  uint32_t parents[2];
  int32_t parent_count;
  int32_t reserved;
  char hash_key_first[40]; /* decimal */
  char hash_key_last[40];
} kinesis_shard;

/* The shards, in order of id: the first `capacity` of them, and in `count` how many there are. */
KINESIS_API int kinesis_stream_shards(kinesis_stream* stream, kinesis_shard* shards,
                                      size_t capacity, size_t* count);
/* Splits in the middle, or where `new_start` begins the upper child (decimal; NULL). */
KINESIS_API int kinesis_shard_split(kinesis_stream* stream, uint32_t shard, const char* new_start,
                                    uint32_t children[2]);
KINESIS_API int kinesis_shard_merge(kinesis_stream* stream, uint32_t one, uint32_t other,
                                    uint32_t* child);

/* --- The bus: iterators ----------------------------------------------------------------------- */

typedef struct kinesis_iterator kinesis_iterator;

enum kinesis_start {
  KINESIS_TRIM_HORIZON = 0,
  KINESIS_LATEST = 1,
  KINESIS_AT_SEQUENCE_NUMBER = 2,
  KINESIS_AFTER_SEQUENCE_NUMBER = 3,
  KINESIS_AT_TIMESTAMP = 4
};

/* A record that was read, in place. An element: it never changes. */
typedef struct {
  const void* key;
  const void* data;
  uint32_t key_size;
  uint32_t data_size;
  int64_t arrival_ms;
  kinesis_sequence_number sequence_number;
} kinesis_view;

typedef struct {
  size_t size;
  size_t count;          /* of views */
  uint64_t records_lost; /* trimmed or expired before these were read */
  int64_t behind_ms;     /* age of the oldest record that is still to be read; 0: none */
  int32_t end_of_shard;  /* not 0: go on with the children */
  int32_t child_count;
  uint32_t children[2];
} kinesis_read_result;

/* `number` is for the two kinds that have one, `time_ms` for the last; NULL and 0 otherwise. */
KINESIS_API int kinesis_iterator_open(kinesis_stream* stream, uint32_t shard, int start,
                                      const kinesis_sequence_number* number, int64_t time_ms,
                                      kinesis_iterator** out);
KINESIS_API int kinesis_iterator_close(kinesis_iterator* iterator);

/* The next records, at most `capacity`, at least 1; never waits. Views live until the next read,
 * wait or close of the iterator, or the close of its engine. */
KINESIS_API int kinesis_iterator_read(kinesis_iterator* iterator, kinesis_view* views,
                                      size_t capacity, kinesis_read_result* result);

/* Sleeps until a read would return something, at most `wait_ms` by the engine's clock; less than 0:
 * for ever. */
KINESIS_API int kinesis_iterator_wait(kinesis_iterator* iterator, int64_t wait_ms);

/* --- The bus: consumer groups ----------------------------------------------------------------- */

typedef struct kinesis_group kinesis_group;
typedef struct kinesis_member kinesis_member;
typedef struct kinesis_delivery kinesis_delivery;

typedef struct {
  size_t size;
  int32_t start_latest; /* not 0: begins with what is put after its creation */
  int32_t reserved;
  uint64_t max_records;         /* of a delivery; 0: 1,000 */
  uint64_t max_bytes;           /* 0: 1 MiB */
  int64_t lease_time_ms;        /* 0: members are not watched */
  uint64_t max_attempts;        /* 0: a record is delivered until it is committed */
  kinesis_stream* dead_letters; /* where it goes then; NULL if max_attempts is 0 */
} kinesis_group_options;

/* `options` may be NULL. A group stays until it is removed. */
KINESIS_API int kinesis_group_create(kinesis_stream* stream, const char* name, size_t name_size,
                                     const kinesis_group_options* options, kinesis_group** out);
KINESIS_API int kinesis_group_open(kinesis_stream* stream, const char* name, size_t name_size,
                                   kinesis_group** out);
KINESIS_API int kinesis_group_remove(kinesis_stream* stream, const char* name, size_t name_size);
/* Lets the handle go. */
KINESIS_API int kinesis_group_close(kinesis_group* group);
/* Records that were put and not committed, of all shards. */
KINESIS_API int kinesis_group_lag(kinesis_group* group, uint64_t* records);

KINESIS_API int kinesis_group_join(kinesis_group* group, kinesis_member** out);
/* Leaves the group. */
KINESIS_API int kinesis_member_close(kinesis_member* member);
/* Ends the kinesis_member_next that is under way, and all to come, with KINESIS_CANCELLED. */
KINESIS_API int kinesis_member_stop(kinesis_member* member);
/* Records of one of the member's shards; waits for them at most `wait_ms`, less than 0: for ever.
 * KINESIS_END: the stream was finished, and all of it is committed. */
KINESIS_API int kinesis_member_next(kinesis_member* member, int64_t wait_ms,
                                    kinesis_delivery** out);

typedef struct {
  size_t size;
  size_t count; /* of records, those that are committed included */
  size_t committed;
  uint64_t epoch;
  uint64_t attempt; /* from 1 */
  uint64_t records_lost;
  uint32_t shard;
  uint32_t reserved;
} kinesis_delivery_info;

/* What is delivered: the views of records [first, first + capacity), as many as there are. Views
 * live until the delivery is closed. `views` may be NULL if capacity is 0. */
KINESIS_API int kinesis_delivery_read(kinesis_delivery* delivery, size_t first, kinesis_view* views,
                                      size_t capacity, kinesis_delivery_info* info);
/* The first `count` records are done with; all: (size_t)-1. KINESIS_ABORTED: the shard has been
 * taken away. */
KINESIS_API int kinesis_delivery_commit(kinesis_delivery* delivery, size_t count);
/* The first record that is not committed cannot be processed, for this reason; it comes again, or
 * goes to the dead letters. */
KINESIS_API int kinesis_delivery_fail(kinesis_delivery* delivery, const char* cause,
                                      size_t cause_size);
/* Gives back what is not committed, as it is. */
KINESIS_API int kinesis_delivery_return(kinesis_delivery* delivery);
/* Lets go of it. What is neither committed nor returned counts as a failure. */
KINESIS_API int kinesis_delivery_close(kinesis_delivery* delivery);

#ifdef __cplusplus
}
#endif

/* NOLINTEND(readability-identifier-naming,modernize-*): as above. */

#endif /* KINESIS_CORE_API_C_KINESIS_H_ */
