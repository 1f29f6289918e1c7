/* Group commit: many puts with one sync, and no thread of its own.
 *
 * PUTS threads put a record each, to a log of its own, and return when it is on the disk. Whoever
 * finds nobody leading leads a round. A step under the mutex is one `atomic` here; between any two
 * others anything may happen. A thread that waits goes to sleep under the mutex, and wakes when
 * it is notified, which is done without the mutex.
 *
 *   put    unless the stream is frozen: store the record in its log
 *   mark   mark the log, and want the round that begins next
 *   wait   until that round has ended or nothing can be brought to the disk any more; or lead.
 *          While somebody leads, or if it is thought that others are about to come, the first who
 *          waits for the next round sleeps as its heir, and the others until the end of their
 *          round, even ones and odd ones apart. An heir whom nobody has notified, while nobody
 *          leads, runs out of patience some time, and leads
 *   lead   number the round, and take the marks; copy what the logs hold that were marked; sync,
 *          which brings the copies to the disk, or fails: then the system has dropped them, and
 *          the stream is frozen; end the round; notify those of that round, after a failure
 *          those of all rounds, and the heir
 *
 * Proven, over every interleaving, with a sync that may fail at any time:
 *   S1  a put that returns well has its record on the disk
 *   S3  a put that is told of a failure finds the stream frozen
 *   S5  every run ends: no put sleeps for a round that nobody leads
 *
 * A mutant is a macro: WAITS_FOR_A_ROUND_THAT_HAS_BEGUN, MARKS_BEFORE_IT_STORES,
 * TAKES_MARKS_AFTER_COPYING, ENDS_BEFORE_THE_SYNC, FORGETS_A_FAILURE, FREEZES_AFTER_IT_TELLS,
 * LEADS_ONLY_ONCE, NOTIFIES_NO_HEIR, KEEPS_ITS_HEIR, NOTIFIES_ONE_ROUND_OF_A_FAILURE,
 * HAS_NO_END_OF_PATIENCE, IS_HEIR_OF_A_ROUND_THAT_HAS_BEGUN. Each must be found. Run by
 * models_test.sh.
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

bool has_heir = false;

/* Where threads sleep: at 2 and 3 those of even and of odd rounds. */
#define AWAKE 0
#define HEIR 1
#define NOTIFIED_HEIR 4
byte place[PUTS];

inline notify(from, to) {
  atomic {
    i = 0;
    do
    :: i == PUTS -> break
    :: i < PUTS && place[i] == from -> place[i] = to; i++
    :: else -> i++
    od;
    i = 0
  }
}

bool is_frozen = false;
byte leaders = 0;

proctype Put(byte me) {
  byte wanted, round, i, seen;
  bool taken[PUTS];
  bool is_well, wakes_heir;

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
  :: atomic { place[me] == AWAKE && (ended >= wanted || has_failed) -> break }
  :: atomic { place[me] == AWAKE && ended < wanted && !has_failed ->
       if
       :: begun < wanted && !has_heir -> has_heir = true; seen = ended; place[me] = HEIR
       :: else -> place[me] = 2 + wanted % 2
       fi
     }
  :: atomic { place[me] == NOTIFIED_HEIR ->
       if
       :: ended != seen -> place[me] = AWAKE
       :: else -> place[me] = HEIR
       fi
     }
#ifdef LEADS_ONLY_ONCE
  :: atomic { (place[me] == AWAKE || place[me] == HEIR && ended == seen) &&
              ended < wanted && !has_failed && !is_led && leaders == 0 ->
#else
  :: atomic { (place[me] == AWAKE
#ifndef HAS_NO_END_OF_PATIENCE
               || place[me] == HEIR && ended == seen
#endif
              ) && ended < wanted && !has_failed && !is_led ->
#endif
       /* Whoever is heir waits for this round; the next one has an heir of its own. */
       wakes_heir = has_heir;
#ifndef IS_HEIR_OF_A_ROUND_THAT_HAS_BEGUN
       has_heir = false;
#endif
       place[me] = AWAKE;
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
       fi;
       wakes_heir = wakes_heir || has_heir;
#ifndef KEEPS_ITS_HEIR
       has_heir = false
#endif
     };
     notify(2 + round % 2, AWAKE);
#ifndef NOTIFIES_ONE_ROUND_OF_A_FAILURE
     if
     :: !is_well -> notify(2 + (round + 1) % 2, AWAKE)
     :: else
     fi;
#endif
#ifndef NOTIFIES_NO_HEIR
     if
     :: wakes_heir -> notify(HEIR, NOTIFIED_HEIR)
     :: else
     fi;
#endif
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
