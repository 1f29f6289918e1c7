/* Group commit: many puts with one sync, and no thread of its own.
 *
 * PUTS threads put a record each, to a log of its own, and return when it is on the disk. Whoever
 * finds nobody leading leads a round. A step under the mutex is one `atomic` here; between any two
 * others anything may happen. A thread that waits sleeps until what it waits for is so, which is
 * what a condition variable gives if each change is made under its mutex and all are notified.
 *
 *   put    unless the stream is frozen: store the record in its log
 *   mark   mark the log, and want the round that begins next
 *   wait   until that round has ended or nothing can be brought to the disk any more; or lead
 *   lead   number the round, and take the marks; copy what the logs hold that were marked; sync,
 *          which brings the copies to the disk, or fails: then the system has dropped them, and
 *          the stream is frozen; end the round
 *
 * Proven, over every interleaving, with a sync that may fail at any time:
 *   S1  a put that returns well has its record on the disk
 *   S3  a put that is told of a failure finds the stream frozen
 *   and that every run ends: no put waits for a round that nobody leads.
 *
 * A mutant is a macro: WAITS_FOR_A_ROUND_THAT_HAS_BEGUN, MARKS_BEFORE_IT_STORES,
 * TAKES_MARKS_AFTER_COPYING, ENDS_BEFORE_THE_SYNC, FORGETS_A_FAILURE, FREEZES_AFTER_IT_TELLS,
 * LEADS_ONLY_ONCE. Each must be found. Run by models_test.sh.
 */
#ifndef PUTS
#define PUTS 3
#endif

/* The logs, the file and the disk. */
bool stored[PUTS];
bool copied[PUTS];
bool on_disk[PUTS];

/* Under the mutex. */
bool marked[PUTS];
bool is_led = false;
bool has_failed = false;
byte begun = 0;
byte ended = 0;
byte well = 0; /* through this round */

bool is_frozen = false;
byte leaders = 0;

proctype Put(byte me) {
  byte wanted, round, i;
  bool taken[PUTS];
  bool is_well;

#ifdef MARKS_BEFORE_IT_STORES
  atomic { marked[me] = true; wanted = begun + 1 };
#endif
  /* put */
  if
  :: is_frozen -> goto refused
  :: else -> stored[me] = true
  fi;

#ifndef MARKS_BEFORE_IT_STORES
  atomic {
    marked[me] = true;
#ifdef WAITS_FOR_A_ROUND_THAT_HAS_BEGUN
    wanted = (is_led -> begun : begun + 1)
#else
    wanted = begun + 1
#endif
  };
#endif

  do
  :: atomic { ended >= wanted || has_failed -> break }
#ifdef LEADS_ONLY_ONCE
  :: atomic { ended < wanted && !has_failed && !is_led && leaders == 0 ->
#else
  :: atomic { ended < wanted && !has_failed && !is_led ->
#endif
       is_led = true;
       leaders++;
       begun++;
       round = begun;
       i = 0;
       do
       :: i == PUTS -> break
       :: else ->
          taken[i] = marked[i];
#ifndef TAKES_MARKS_AFTER_COPYING
          marked[i] = false;
#endif
          i++
       od
     };

     /* Copy. */
     i = 0;
     do
     :: i == PUTS -> break
     :: else ->
        atomic { copied[i] = copied[i] || (taken[i] && stored[i]); i++ }
     od;
#ifdef TAKES_MARKS_AFTER_COPYING
     atomic { i = 0; do :: i == PUTS -> break :: else -> marked[i] = false; i++ od };
#endif
#ifdef ENDS_BEFORE_THE_SYNC
     atomic { ended = round; well = round };
#endif

     /* Sync. */
     if
     :: is_well = true
     :: is_well = false
     fi;
     atomic {
       i = 0;
       do
       :: i == PUTS -> break
       :: else ->
          on_disk[i] = on_disk[i] || (is_well && copied[i]);
          copied[i] = false; /* there, or dropped */
          i++
       od
     };

#ifndef FREEZES_AFTER_IT_TELLS
     is_frozen = is_frozen || !is_well;
#endif
     atomic {
       is_led = false;
       ended = round;
       if
       :: is_well -> well = round
#ifndef FORGETS_A_FAILURE
       :: else -> has_failed = true
#else
       :: else
#endif
       fi
     };
#ifdef FREEZES_AFTER_IT_TELLS
     is_frozen = is_frozen || !is_well
#endif
  od;

  if
  :: well >= wanted -> assert(on_disk[me]) /* S1 */
  :: else -> assert(is_frozen)             /* S3 */
  fi;
refused:
  skip
}

init {
  byte i = 0;
  atomic { do :: i == PUTS -> break :: else -> run Put(i); i++ od }
}
