"""Engines: streams, time and faults of their own, in this process."""
import contextlib
import ctypes
import threading
import time
import weakref

from . import _library
from ._library import check, library, made

_LIMITS = {'today': 0, '2015': 1, 'none': 2}
_CLOCKS = {'system': 0, 'simulated': 1}


class Clock:
    """The time of an engine. That of a simulated one moves when told, and when code sleeps."""

    def __init__(self, engine, is_simulated):
        self._engine = engine
        self.is_simulated = is_simulated

    def now(self):
        """Seconds since the Unix epoch."""
        out = ctypes.c_int64()
        check(library().kinesis_now(self._engine.handle, ctypes.byref(out)))
        return out.value / 1000

    def advance(self, seconds):
        """Moves simulated time; less than 0 moves it back."""
        check(library().kinesis_advance(self._engine.handle, round(seconds * 1000)))

    def auto_advance(self, threads):
        """From now on, time moves by itself whenever `threads` threads sleep. 0 ends it."""
        check(library().kinesis_auto_advance(self._engine.handle, threads))

    def sleep(self, seconds):
        """Sleeps by this clock: no real time if it is simulated and moves by itself."""
        check(library().kinesis_sleep(self._engine.handle, round(seconds * 1000)))

    @contextlib.contextmanager
    def replaces_sleep(self):
        """Within it, time.sleep is this clock's, and time.time tells its time: for consumers that
        sleep between two reads. For one test at a time, as it is the whole process's."""
        real_sleep, real_time = time.sleep, time.time
        time.sleep, time.time = self.sleep, self.now
        try:
            yield self
        finally:
            time.sleep, time.time = real_sleep, real_time


class Faults:
    """What goes wrong for clients of an engine."""

    def __init__(self, engine):
        self._engine = engine

    def add(self, rules):
        """Adds rules, one a line: 'fail put of stream orders with InternalFailure, 2 times'.
        The grammar is in api/fault_plan.h. InvalidArgument: a line is none."""
        text = rules.encode()
        check(library().kinesis_faults_add(self._engine.handle, text, len(text)))

    def clear(self):
        check(library().kinesis_faults_clear(self._engine.handle))

    def report(self):
        """The rules, how often each struck, and where."""
        text, size = ctypes.c_void_p(), ctypes.c_size_t()
        check(library().kinesis_faults_report(self._engine.handle, ctypes.byref(text),
                                              ctypes.byref(size)))
        return ctypes.string_at(text.value, size.value).decode()


class Engine:
    """Kinesis in this process: `with Engine() as engine: ...`.

    clock         'simulated', which begins at `start` and moves when told or when code sleeps, or
                  'system'
    threads       how many threads use a simulated clock: time moves by itself whenever all of them
                  sleep. 0: by advance() alone
    limits        'today', '2015' or 'none', of the service
    rates, delays whether rates are enforced, and streams take ten seconds to be ACTIVE
    memory_bytes  what the records of all streams together may take
    seed          of faults that have a probability

    Thread-safe. Closing it ends all that was made with it.
    """

    def __init__(self, clock='simulated', threads=1, limits='today', rates=True, delays=True,
                 memory_bytes=0, account='000000000000', region='us-east-1', start=1_600_000_000,
                 seed=1):
        for what, value, known in (('clock', clock, _CLOCKS), ('limits', limits, _LIMITS)):
            if value not in known:
                raise _library.InvalidArgument('%s is %r: it has to be one of %s' %
                                               (what, value, ', '.join(known)))
        options = _library.EngineOptions(
            clock=_CLOCKS[clock], limits=_LIMITS[limits], no_rates=not rates, no_delays=not delays,
            memory_budget_bytes=memory_bytes, account_id=account.encode(), region=region.encode(),
            start_ms=round(start * 1000), seed=seed)
        self.handle = made(library().kinesis_engine_open, ctypes.byref(options))
        self._finalizer = weakref.finalize(self, library().kinesis_engine_close, self.handle)
        self._threads = threading.local()
        self.region = region
        self.clock = Clock(self, clock == 'simulated')
        self.faults = Faults(self)
        if self.clock.is_simulated:
            self.clock.auto_advance(threads)

    def close(self):
        """Deletes all streams. Closing twice is harmless; every other use raises Closed."""
        self._finalizer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- Kinesis's operations

    def call(self, operation, json):
        """Carries out an operation: its name, and JSON as bytes. Returns the HTTP status, the JSON
        of the answer, and its events if it is that of a SubscribeToShard that succeeded."""
        client, answer, reference = self._client()
        check(library().kinesis_client_call(client, operation, len(operation), json, len(json),
                                            reference))
        text = ctypes.string_at(answer.json, answer.json_size)
        return answer.http_status, text, Events(answer.events) if answer.events else None

    def _client(self):
        """That of this thread, with its answer and a reference to it."""
        try:
            return self._threads.client
        except AttributeError:
            handle = made(library().kinesis_client_open, self.handle)
            answer = _library.Answer()
            self._threads.client = (handle, answer, ctypes.byref(answer))
            self._threads.closer = _Closer(library().kinesis_client_close, handle)
            return self._threads.client

    # --- The bus

    def create_stream(self, name, shards=1, retention=None, shard_capacity_bytes=0,
                      trim_oldest=False, keep_until_committed=False, spread_evenly=False):
        """A new stream of the bus; kinesis_core/options.h says what the options do. `retention` is
        in seconds, and a day if left out."""
        from .bus import Stream
        options = _library.StreamOptions(
            shard_count=shards, retention_ms=0 if retention is None else round(retention * 1000),
            shard_capacity_bytes=shard_capacity_bytes, overflow=int(trim_oldest),
            keep_until_committed=keep_until_committed, spread_evenly=spread_evenly)
        text = name.encode()
        return Stream(self, name, made(library().kinesis_stream_create, self.handle, text,
                                       len(text), ctypes.byref(options)))

    def open_stream(self, name):
        """A stream that is there, those that boto3 made included."""
        from .bus import Stream
        text = name.encode()
        return Stream(self, name,
                      made(library().kinesis_stream_open, self.handle, text, len(text)))

    def delete_stream(self, name):
        text = name.encode()
        check(library().kinesis_stream_delete(self.handle, text, len(text)))


class _Closer:
    """Closes a handle when the thread that had it ends."""

    def __init__(self, close, handle):
        self._close, self._handle = close, handle

    def __del__(self):
        self._close(self._handle)


class Events:
    """The events of a subscription."""

    def __init__(self, handle):
        self._handle = handle
        self._event = _library.Event()
        self._finalizer = weakref.finalize(self, library().kinesis_events_close, handle)

    def next_frames(self, wait_seconds):
        """The next event as bytes of an event stream, the initial response first; b'' when the
        subscription is over."""
        code = library().kinesis_events_next(self._handle, _library.milliseconds(wait_seconds),
                                             ctypes.byref(self._event))
        if code in (_library.End.code, _library.Closed.code):
            return b''
        check(code)
        return ctypes.string_at(self._event.frames, self._event.frames_size)

    def close(self):
        self._finalizer()
