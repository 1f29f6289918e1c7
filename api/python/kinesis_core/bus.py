"""The bus itself, without Kinesis's protocol: streams, records, iterators, consumer groups."""
import ctypes
import weakref
from typing import NamedTuple

from . import _library
from ._library import VIEW, check, error_of, library, made, milliseconds

_STARTS = {'trim_horizon': 0, 'latest': 1, 'at': 2, 'after': 3, 'timestamp': 4}
_VIEWS = 1000


class Record(NamedTuple):
    """A record that was read; it is a copy, and lives as long as anyone wants it."""

    key: bytes
    data: bytes
    arrival_ms: int
    place: tuple  # the fields of a SequenceNumber

    @property
    def sequence_number(self):
        return _library.SequenceNumber(*self.place)

    @property
    def shard(self):
        return self.place[3]


def _copied(views, count, string_at=ctypes.string_at):
    """The first `count` records of a buffer of views."""
    return [Record(string_at(key, key_size), string_at(data, data_size), arrival,
                   (index, created, arrived, shard, zero))
            for key, data, key_size, data_size, arrival, index, created, arrived, shard, zero
            in VIEW.iter_unpack(memoryview(views)[:count * VIEW.size])]


class _Handle:
    """Something of the library that is closed by hand, by `with`, or with its last reference."""

    def __init__(self, engine, handle, close):
        self.engine = engine
        self.handle = handle
        self._finalizer = weakref.finalize(self, close, handle)

    def close(self):
        self._finalizer()

    @property
    def is_closed(self):
        return not self._finalizer.alive

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Stream(_Handle):
    """A stream of an engine. Thread-safe."""

    def __init__(self, engine, name, handle):
        super().__init__(engine, handle, library().kinesis_stream_close)
        self.name = name
        self._put = library().kinesis_put

    # --- Put

    def put(self, key, data):
        """Stores a record: bytes, or text, which is encoded as UTF-8."""
        if key.__class__ is not bytes:
            key = _bytes('key', key)
        if data.__class__ is not bytes:
            data = _bytes('data', data)
        code = self._put(self.handle, key, len(key), data, len(data), None)
        if code:
            raise error_of(code)

    def put_numbered(self, key, data):
        """The same, and returns its sequence number."""
        number = _library.SequenceNumber()
        key, data = _bytes('key', key), _bytes('data', data)
        check(self._put(self.handle, key, len(key), data, len(data), ctypes.byref(number)))
        return number

    def put_wait(self, key, data, timeout=None, hash_key=None):
        """The same; while there is no room, waits for it, for `timeout` seconds at most."""
        key, data = _bytes('key', key), _bytes('data', data)
        hash_key = None if hash_key is None else str(hash_key).encode()
        record = _library.PutRecord(key, data, len(key), len(data), hash_key)
        number = _library.SequenceNumber()
        check(library().kinesis_put_wait(self.handle, ctypes.byref(record), milliseconds(timeout),
                                         ctypes.byref(number)))
        return number

    def put_batch(self, records):
        """Stores many (key, data). Returns the codes of those that failed by their place: {} is
        success."""
        pairs = [(_bytes('key', key), _bytes('data', data)) for key, data in records]
        array = (_library.PutRecord * len(pairs))(
            *[(key, data, len(key), len(data), None) for key, data in pairs])
        results = (_library.PutResult * len(pairs))()
        code = library().kinesis_put_batch(self.handle, array, len(pairs), results)
        if code == 0:
            return {}
        failed = {i: result.code for i, result in enumerate(results) if result.code}
        if not failed:
            raise error_of(code)
        return failed

    # --- Shards

    def shards(self):
        """All of them, as dicts, in order of id."""
        count = ctypes.c_size_t()
        infos = (_library.ShardInfo * 0)()
        while True:
            check(library().kinesis_stream_shards(self.handle, infos, len(infos),
                                                  ctypes.byref(count)))
            if count.value <= len(infos):
                break
            infos = (_library.ShardInfo * count.value)()
        return [{'shard': i.shard, 'is_open': bool(i.is_open),
                 'parents': list(i.parents[:i.parent_count]),
                 'first': int(i.hash_key_first), 'last': int(i.hash_key_last)}
                for i in infos[:count.value]]

    def split(self, shard, new_start=None):
        children = (ctypes.c_uint32 * 2)()
        start = None if new_start is None else str(new_start).encode()
        check(library().kinesis_shard_split(self.handle, shard, start, children))
        return list(children)

    def merge(self, one, other):
        child = ctypes.c_uint32()
        check(library().kinesis_shard_merge(self.handle, one, other, ctypes.byref(child)))
        return child.value

    def finish(self):
        """Ends the stream: puts are refused, readers come to its end."""
        check(library().kinesis_stream_finish(self.handle))

    # --- Read

    def iterator(self, shard=0, start='trim_horizon', number=None, timestamp=0):
        """A reader's place in a shard. `start` is trim_horizon, latest, at or after (a sequence
        `number`), or timestamp (in seconds)."""
        if start not in _STARTS:
            raise _library.InvalidArgument('start is %r: it has to be one of %s' %
                                           (start, ', '.join(_STARTS)))
        reference = None if number is None else ctypes.byref(number)
        handle = made(library().kinesis_iterator_open, self.handle, shard, _STARTS[start],
                      reference, round(timestamp * 1000))
        return Iterator(self.engine, handle)

    def __iter__(self):
        """Every record that is there, shard by shard, parents before children."""
        for shard in self.shards():
            yield from self.iterator(shard['shard'])

    def group(self, name, start='trim_horizon', max_records=0, max_bytes=0, lease_time=0,
              max_attempts=0, dead_letters=None):
        """A new consumer group, or the one that is there."""
        text = name.encode()
        options = _library.GroupOptions(
            start_latest=start == 'latest', max_records=max_records, max_bytes=max_bytes,
            lease_time_ms=round(lease_time * 1000), max_attempts=max_attempts,
            dead_letters=0 if dead_letters is None else dead_letters.handle)
        try:
            handle = made(library().kinesis_group_create, self.handle, text, len(text),
                          ctypes.byref(options))
        except _library.AlreadyExists:
            handle = made(library().kinesis_group_open, self.handle, text, len(text))
        return Group(self.engine, name, handle)

    def remove_group(self, name):
        text = name.encode()
        check(library().kinesis_group_remove(self.handle, text, len(text)))


class Iterator(_Handle):
    """A reader's place in a shard. One thread at a time uses it."""

    def __init__(self, engine, handle):
        super().__init__(engine, handle, library().kinesis_iterator_close)
        self._views = (ctypes.c_char * (_VIEWS * VIEW.size))()
        self._result = _library.ReadResult()
        self.is_at_end = False  # the shard is closed, and all of it was read
        self.children = []      # where to go on then
        self.records_lost = 0   # so far: trimmed or expired before they were read

    def read(self, max_records=_VIEWS):
        """The next records, 1,000 at most; [] if there is none now."""
        check(library().kinesis_iterator_read(self.handle, self._views, min(max_records, _VIEWS),
                                              ctypes.byref(self._result)))
        result = self._result
        self.records_lost += result.records_lost
        if result.end_of_shard:
            self.is_at_end = True
            self.children = list(result.children[:result.child_count])
        return _copied(self._views, result.count)

    def wait(self, timeout=None):
        """Sleeps until there is something to read. False: `timeout` seconds are over."""
        code = library().kinesis_iterator_wait(self.handle, milliseconds(timeout))
        if code == _library.DeadlineExceeded.code:
            return False
        check(code)
        return True

    def __iter__(self):
        """The records that are there; ends at the tip, and goes on from it when called again."""
        while True:
            records = self.read()
            if not records:
                return
            yield from records


class Group(_Handle):
    """A consumer group: each record goes to one of its members. Thread-safe."""

    def __init__(self, engine, name, handle):
        super().__init__(engine, handle, library().kinesis_group_close)
        self.name = name

    def join(self):
        """A new member, for one thread."""
        return Member(self.engine, made(library().kinesis_group_join, self.handle))

    def lag(self):
        """Records that were put and not committed."""
        out = ctypes.c_uint64()
        check(library().kinesis_group_lag(self.handle, ctypes.byref(out)))
        return out.value


class Member(_Handle):
    """A thread's part in a group. stop() and close() alone are for any thread."""

    def __init__(self, engine, handle):
        super().__init__(engine, handle, library().kinesis_member_close)

    def next(self, timeout=None):
        """A Delivery; None when `timeout` seconds are over, when stop() was called, and when the
        stream was finished and all of it is committed."""
        try:
            handle = made(library().kinesis_member_next, self.handle, milliseconds(timeout))
        except (_library.DeadlineExceeded, _library.Cancelled, _library.End):
            return None
        return Delivery(self.engine, handle)

    def stop(self):
        check(library().kinesis_member_stop(self.handle))

    def __iter__(self):
        """Deliveries until next() has none. Each is committed when the next one is asked for, and
        dropped, which counts as a failure, when the loop is left within its turn. `with delivery:`
        in the loop gives the cause of a failure to the dead letters."""
        while True:
            delivery = self.next()
            if delivery is None:
                return
            try:
                yield delivery
            except GeneratorExit:
                delivery.close()
                raise
            if not delivery.is_closed:
                delivery.commit()
                delivery.close()


class Delivery(_Handle):
    """Records of one shard, to be processed and committed. One thread at a time uses it.

    As a `with` it commits what was not committed if its block ends well, and fails it otherwise.
    """

    def __init__(self, engine, handle):
        super().__init__(engine, handle, library().kinesis_delivery_close)
        info = self._info()
        views = (ctypes.c_char * (info.count * VIEW.size))()
        check(library().kinesis_delivery_read(handle, 0, views, info.count, ctypes.byref(info)))
        self.records = _copied(views, info.count)
        self.shard, self.attempt, self.epoch = info.shard, info.attempt, info.epoch
        self.records_lost = info.records_lost

    def _info(self):
        info = _library.DeliveryInfo()
        check(library().kinesis_delivery_read(self.handle, 0, None, 0, ctypes.byref(info)))
        return info

    def __iter__(self):
        return iter(self.records)

    @property
    def committed(self):
        """How many of the records are, from the first on."""
        return self._info().committed

    def commit(self, count=None):
        """Says that all records, or the first `count`, are done with."""
        all_of_them = ctypes.c_size_t(-1).value
        check(library().kinesis_delivery_commit(self.handle,
                                                all_of_them if count is None else count))

    def fail(self, cause):
        """Says that the first record that is not committed cannot be processed."""
        text = str(cause).encode()
        check(library().kinesis_delivery_fail(self.handle, text, len(text)))

    def give_back(self):
        """Gives back what is not committed, as it is."""
        check(library().kinesis_delivery_return(self.handle))

    def __exit__(self, kind, error, _trace):
        if kind is None:
            self.commit()
        elif self.committed < len(self.records):
            self.fail(error)
        self.close()


def _bytes(what, value):
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError('%s is %r, and has to be bytes or text' % (what, value))
