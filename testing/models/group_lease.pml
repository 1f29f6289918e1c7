/* The protocol of a consumer group on one shard: lease, hand-over and commit.
 *
 * Two members read RECORDS records. The group's own state (owner, epoch, whether a delivery is out)
 * changes under its mutex, so each of its steps is one `atomic` here. The CheckpointStore is
 * outside of it: a load and a save are one step each, and anything may happen between them.
 *
 *   acquire    the shard has no owner: it becomes mine, under a new epoch
 *   activate   load {position, epoch} of the store, save the same position under my epoch; when the
 *              store has changed meanwhile, load again
 *   deliver    only the owner, only when no delivery of the shard is out
 *   commit     save {position + 1, my epoch}, expecting my epoch there
 *   hand over  wanted by the group at any time: no new delivery; the one that is out is committed;
 *              then the owner goes
 *   expire     the lease time of the owner is over: the shard has no owner at once, whatever is out
 *
 * A save is refused when the store has another epoch than expected, or a later position.
 *
 * Proven, over every interleaving with up to MOVES hand-overs and EXPIRIES expiries:
 *   G1  at most one member holds the current epoch
 *   G2  the position in the store never moves back
 *   G4  a record is processed once, and once more only for an expiry
 *   X   a result that is saved with the position is saved exactly once
 *   and that every run ends, with every record committed.
 *
 * A mutant is a macro: NO_EPOCH_CHECK, TEST_THEN_SET, FENCE_BEFORE_DRAIN, NO_FENCE_AT_START (the
 * first commit raises the epoch in the store). Each must be found. Run by models_test.sh.
 */
#ifndef RECORDS
#define RECORDS 3
#endif
#ifndef MOVES
#define MOVES 2
#endif
#ifndef EXPIRIES
#define EXPIRIES 2
#endif
#define NONE 2

/* The group. */
byte owner = NONE;
byte epoch = 0;
bool handing_over = false;
bool is_out = false; /* a delivery of the owner */
byte moves = 0;
byte expiries = 0;

/* The store. */
byte position = 0;
byte saved_epoch = 0;

/* What happened. */
byte processed[RECORDS];
byte applied[RECORDS];

/* A save; `ok` tells whether it was taken. */
inline save(to, new_epoch, expected, with_result, ok) {
  atomic {
    if
#ifdef NO_EPOCH_CHECK
    :: true ->
#else
    :: saved_epoch == expected && position <= to ->
#endif
       assert(to >= position); /* G2 */
       if
       :: with_result ->
          applied[to - 1]++;
          assert(applied[to - 1] == 1) /* X */
       :: else
       fi;
       position = to;
       saved_epoch = new_epoch;
       ok = true
#ifndef NO_EPOCH_CHECK
    :: else -> ok = false
#endif
    fi
  }
}

proctype Member(byte me) {
  byte mine = 0; /* the epoch of my lease */
  byte at = 0;   /* the place of my iterator */
  byte found = 0;
  bool started = false; /* activated */
  bool ok = false;
  do
  :: position == RECORDS -> break

  /* acquire */
#ifdef TEST_THEN_SET
  :: owner == NONE && position < RECORDS ->
     atomic {
       owner = me; epoch++; mine = epoch; handing_over = false; is_out = false; started = false
     }
#else
  :: atomic {
       owner == NONE && position < RECORDS ->
       owner = me; epoch++; mine = epoch; handing_over = false; is_out = false; started = false
     }
#endif

  /* activate */
  :: owner == me && mine == epoch && !started ->
#ifdef NO_FENCE_AT_START
     atomic { at = position; found = saved_epoch; started = true }
#else
     atomic { at = position; found = saved_epoch };
     save(at, mine, found, false, ok);
     started = ok;
     found = mine
#endif

  /* deliver, process, commit */
  :: atomic {
       owner == me && mine == epoch && started && !is_out && !handing_over && at < RECORDS ->
       is_out = true
     };
     processed[at]++;
     assert(processed[at] <= 1 + expiries); /* G4 */
     save(at + 1, mine, found, true, ok);
     found = mine;
     at = at + 1;
     atomic {
       if
       :: mine == epoch && owner == me ->
          is_out = false;
          if
          :: ok
          :: else -> started = false /* look again where the store is */
          fi
       :: else -> started = false
       fi
     }

  /* hand over, once nothing is out */
  :: atomic {
       owner == me && mine == epoch && handing_over && !is_out ->
       owner = NONE; handing_over = false; started = false
     }
  od
}

/* Whoever joins or leaves. */
proctype Balancer() {
  do
  :: atomic {
       moves < MOVES && owner != NONE && !handing_over ->
       moves++;
#ifdef FENCE_BEFORE_DRAIN
       epoch++; owner = NONE
#else
       handing_over = true
#endif
     }
  :: position == RECORDS -> break
  od
}

/* The clock. */
proctype Expiry() {
  do
  :: atomic {
       expiries < EXPIRIES && owner != NONE ->
       expiries++; owner = NONE; handing_over = false
     }
  :: position == RECORDS -> break
  od
}

init {
  atomic { run Member(0); run Member(1); run Balancer(); run Expiry() };
  (_nr_pr == 1);
  byte i = 0;
  do
  :: i < RECORDS -> assert(applied[i] == 1); i++
  :: else -> break
  od
}
