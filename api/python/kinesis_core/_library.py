"""libkinesis.so.0 by ctypes: the part of kinesis.h that Python uses, and errors as exceptions."""
import ctypes
import ctypes.util
import os
import struct

# --- Errors --------------------------------------------------------------------------------------


class KinesisError(Exception):
    """What a function of the library refused. `code` is a kinesis_code of kinesis.h."""

    code = 2


class InvalidArgument(KinesisError, ValueError):
    code = 3


class DeadlineExceeded(KinesisError, TimeoutError):
    code = 4


class NotFound(KinesisError, LookupError):
    code = 5


class AlreadyExists(KinesisError):
    code = 6


class ResourceExhausted(KinesisError):
    code = 8


class FailedPrecondition(KinesisError):
    code = 9


class Aborted(KinesisError):
    code = 10


class OutOfRange(KinesisError, ValueError):
    code = 11


class Closed(KinesisError):
    """The object, or its engine, was closed."""

    code = 100


class Busy(KinesisError):
    """Another thread uses the object at the moment."""

    code = 101


class Cancelled(KinesisError):
    code = 1


class End(KinesisError):
    code = 102


_BY_CODE = {kind.code: kind for kind in (
    InvalidArgument, DeadlineExceeded, NotFound, AlreadyExists, ResourceExhausted,
    FailedPrecondition, Aborted, OutOfRange, Closed, Busy, Cancelled, End)}

# --- Structs -------------------------------------------------------------------------------------


class _Sized(ctypes.Structure):
    """A struct that begins with its size."""

    def __init__(self, **fields):
        super().__init__(size=ctypes.sizeof(self), **fields)


class EngineOptions(_Sized):
    _fields_ = [('size', ctypes.c_size_t), ('clock', ctypes.c_int32), ('limits', ctypes.c_int32),
                ('no_rates', ctypes.c_int32), ('no_delays', ctypes.c_int32),
                ('memory_budget_bytes', ctypes.c_uint64), ('account_id', ctypes.c_char_p),
                ('region', ctypes.c_char_p), ('start_ms', ctypes.c_int64),
                ('seed', ctypes.c_uint64)]


class Answer(_Sized):
    _fields_ = [('size', ctypes.c_size_t), ('http_status', ctypes.c_int32),
                ('reserved', ctypes.c_int32), ('json', ctypes.c_void_p),
                ('json_size', ctypes.c_size_t), ('error', ctypes.c_char_p),
                ('events', ctypes.c_uint64)]


class Event(_Sized):
    _fields_ = [('size', ctypes.c_size_t), ('frames', ctypes.c_void_p),
                ('frames_size', ctypes.c_size_t), ('json', ctypes.c_void_p),
                ('json_size', ctypes.c_size_t), ('idle', ctypes.c_int32),
                ('reserved', ctypes.c_int32)]


class StreamOptions(_Sized):
    _fields_ = [('size', ctypes.c_size_t), ('shard_count', ctypes.c_int64),
                ('retention_ms', ctypes.c_int64), ('shard_capacity_bytes', ctypes.c_uint64),
                ('overflow', ctypes.c_int32), ('keep_until_committed', ctypes.c_int32),
                ('spread_evenly', ctypes.c_int32), ('reserved', ctypes.c_int32)]


class SequenceNumber(ctypes.Structure):
    """The place of a record in its shard. str() is the decimal text that Kinesis shows."""

    _fields_ = [('index', ctypes.c_uint64), ('shard_created_s', ctypes.c_uint64),
                ('arrived_s', ctypes.c_uint64), ('shard', ctypes.c_uint32),
                ('reserved', ctypes.c_uint32)]

    def __str__(self):
        text = ctypes.create_string_buffer(57)
        check(library().kinesis_sequence_number_text(ctypes.byref(self), text))
        return text.value.decode()

    def __repr__(self):
        return 'SequenceNumber(%s)' % self


class PutRecord(ctypes.Structure):
    _fields_ = [('key', ctypes.c_char_p), ('data', ctypes.c_char_p), ('key_size', ctypes.c_uint32),
                ('data_size', ctypes.c_uint32), ('hash_key', ctypes.c_char_p)]


class PutResult(ctypes.Structure):
    _fields_ = [('code', ctypes.c_int32), ('reserved', ctypes.c_int32),
                ('sequence_number', SequenceNumber)]


class ShardInfo(ctypes.Structure):
    _fields_ = [('shard', ctypes.c_uint32), ('is_open', ctypes.c_int32),
                ('parents', ctypes.c_uint32 * 2), ('parent_count', ctypes.c_int32),
                ('reserved', ctypes.c_int32), ('hash_key_first', ctypes.c_char * 40),
                ('hash_key_last', ctypes.c_char * 40)]


class ReadResult(_Sized):
    _fields_ = [('size', ctypes.c_size_t), ('count', ctypes.c_size_t),
                ('records_lost', ctypes.c_uint64), ('behind_ms', ctypes.c_int64),
                ('end_of_shard', ctypes.c_int32), ('child_count', ctypes.c_int32),
                ('children', ctypes.c_uint32 * 2)]


class GroupOptions(_Sized):
    _fields_ = [('size', ctypes.c_size_t), ('start_latest', ctypes.c_int32),
                ('reserved', ctypes.c_int32), ('max_records', ctypes.c_uint64),
                ('max_bytes', ctypes.c_uint64), ('lease_time_ms', ctypes.c_int64),
                ('max_attempts', ctypes.c_uint64), ('dead_letters', ctypes.c_uint64)]


class DeliveryInfo(_Sized):
    _fields_ = [('size', ctypes.c_size_t), ('count', ctypes.c_size_t),
                ('committed', ctypes.c_size_t), ('epoch', ctypes.c_uint64),
                ('attempt', ctypes.c_uint64), ('records_lost', ctypes.c_uint64),
                ('shard', ctypes.c_uint32), ('reserved', ctypes.c_uint32)]


# kinesis_view, to be read with one call for each record instead of one for each field.
VIEW = struct.Struct('=QQIIqQQQII')

# --- The library ---------------------------------------------------------------------------------

_HANDLE = ctypes.c_uint64
_OUT = ctypes.POINTER(ctypes.c_uint64)
_TEXT = ctypes.c_char_p
_SIZE = ctypes.c_size_t
_P = ctypes.c_void_p

# Of every function that Python calls: its arguments.
_SIGNATURES = {
    'kinesis_engine_open': [_P, _OUT],
    'kinesis_engine_close': [_HANDLE],
    'kinesis_now': [_HANDLE, ctypes.POINTER(ctypes.c_int64)],
    'kinesis_advance': [_HANDLE, ctypes.c_int64],
    'kinesis_auto_advance': [_HANDLE, ctypes.c_uint32],
    'kinesis_sleep': [_HANDLE, ctypes.c_int64],
    'kinesis_faults_add': [_HANDLE, _TEXT, _SIZE],
    'kinesis_faults_clear': [_HANDLE],
    'kinesis_faults_report': [_HANDLE, _P, _P],
    'kinesis_client_open': [_HANDLE, _OUT],
    'kinesis_client_close': [_HANDLE],
    'kinesis_client_call': [_HANDLE, _TEXT, _SIZE, _TEXT, _SIZE, _P],
    'kinesis_events_next': [_HANDLE, ctypes.c_int64, _P],
    'kinesis_events_close': [_HANDLE],
    'kinesis_stream_create': [_HANDLE, _TEXT, _SIZE, _P, _OUT],
    'kinesis_stream_open': [_HANDLE, _TEXT, _SIZE, _OUT],
    'kinesis_stream_finish': [_HANDLE],
    'kinesis_stream_delete': [_HANDLE, _TEXT, _SIZE],
    'kinesis_stream_close': [_HANDLE],
    'kinesis_put': [_HANDLE, _TEXT, _SIZE, _TEXT, _SIZE, _P],
    'kinesis_put_wait': [_HANDLE, _P, ctypes.c_int64, _P],
    'kinesis_put_batch': [_HANDLE, _P, _SIZE, _P],
    'kinesis_sequence_number_text': [_P, _TEXT],
    'kinesis_sequence_number_parse': [_TEXT, _SIZE, _P],
    'kinesis_stream_shards': [_HANDLE, _P, _SIZE, _P],
    'kinesis_shard_split': [_HANDLE, ctypes.c_uint32, _TEXT, _P],
    'kinesis_shard_merge': [_HANDLE, ctypes.c_uint32, ctypes.c_uint32, _P],
    'kinesis_iterator_open': [_HANDLE, ctypes.c_uint32, ctypes.c_int, _P, ctypes.c_int64, _OUT],
    'kinesis_iterator_close': [_HANDLE],
    'kinesis_iterator_read': [_HANDLE, _P, _SIZE, _P],
    'kinesis_iterator_wait': [_HANDLE, ctypes.c_int64],
    'kinesis_group_create': [_HANDLE, _TEXT, _SIZE, _P, _OUT],
    'kinesis_group_open': [_HANDLE, _TEXT, _SIZE, _OUT],
    'kinesis_group_remove': [_HANDLE, _TEXT, _SIZE],
    'kinesis_group_close': [_HANDLE],
    'kinesis_group_lag': [_HANDLE, ctypes.POINTER(ctypes.c_uint64)],
    'kinesis_group_join': [_HANDLE, _OUT],
    'kinesis_member_close': [_HANDLE],
    'kinesis_member_stop': [_HANDLE],
    'kinesis_member_next': [_HANDLE, ctypes.c_int64, _OUT],
    'kinesis_delivery_read': [_HANDLE, _SIZE, _P, _SIZE, _P],
    'kinesis_delivery_commit': [_HANDLE, _SIZE],
    'kinesis_delivery_fail': [_HANDLE, _TEXT, _SIZE],
    'kinesis_delivery_return': [_HANDLE],
    'kinesis_delivery_close': [_HANDLE],
}

_loaded = None


def _find():
    """KINESIS_LIBRARY, else beside this package, else what the system's loader finds."""
    given = os.environ.get('KINESIS_LIBRARY')
    if given:
        return given
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'libkinesis.so.0')
    return beside if os.path.exists(beside) else 'libkinesis.so.0'


def library():
    """The library, loaded at the first call."""
    global _loaded
    if _loaded is None:
        path = _find()
        try:
            loaded = ctypes.CDLL(path)
        except OSError as error:
            raise ImportError(
                'kinesis_core needs libkinesis.so.0 (%s): build it with '
                '`bazel build --config=opt //api/c:libkinesis.so.0` or CMake, and say where it '
                'is in KINESIS_LIBRARY' % error) from error
        for name, arguments in _SIGNATURES.items():
            function = getattr(loaded, name)
            function.argtypes = arguments
            function.restype = ctypes.c_int
        loaded.kinesis_message.restype = ctypes.c_char_p
        loaded.kinesis_version.restype = ctypes.c_uint32
        _loaded = loaded
    return _loaded


def error_of(code):
    """The exception for a code that is not 0, with what the library has to say."""
    message = library().kinesis_message().decode(errors='replace')
    kind = _BY_CODE.get(code, KinesisError)
    error = kind(message)
    error.code = code
    return error


def check(code):
    if code != 0:
        raise error_of(code)


def made(function, *arguments):
    """Calls a function whose last argument is a handle that it writes."""
    out = ctypes.c_uint64()
    check(function(*arguments, ctypes.byref(out)))
    return out.value


def milliseconds(seconds):
    """Seconds, or None for ever, as the library waits."""
    if seconds is None:
        return -1
    return max(0, round(seconds * 1000))
