"""What Python and JavaScript declare of the library is what kinesis.h declares."""
import ctypes
import pathlib
import re
import struct

import pytest

from kinesis_core import _library, bus, engine

API = pathlib.Path('api')  # python_test.sh runs in the root
HEADER = re.sub(r'/\*.*?\*/', '', (API / 'c/kinesis.h').read_text(), flags=re.DOTALL)
MODULE = re.sub(r'//.*', '', (API / 'node/kinesis_core.mjs').read_text())

# As struct has them; of 64 bits, size_t and what is passed in a pointer's place alike.
INTEGERS = {'int': 'i', 'int32_t': 'i', 'uint32_t': 'I', 'int64_t': 'q', 'uint64_t': 'Q',
            'size_t': 'Q'}
CTYPES = {ctypes.c_int32: 'i', ctypes.c_uint32: 'I', ctypes.c_int64: 'q', ctypes.c_uint64: 'Q'}
CLASSES = {
    'kinesis_engine_options': _library.EngineOptions, 'kinesis_answer': _library.Answer,
    'kinesis_event': _library.Event, 'kinesis_stream_options': _library.StreamOptions,
    'kinesis_sequence_number': _library.SequenceNumber, 'kinesis_record': _library.PutRecord,
    'kinesis_put_result': _library.PutResult, 'kinesis_shard': _library.ShardInfo,
    'kinesis_read_result': _library.ReadResult, 'kinesis_group_options': _library.GroupOptions,
    'kinesis_delivery_info': _library.DeliveryInfo,
}


def declared(text):
    """A type, and behind it a name or an array's, as ('i', 'name', 1)."""
    kind, pointer, name, _, length = re.fullmatch(
        r'(?:const )?(\w+)(\**)\s*(\w*)(\[(\d+)\])?', text.strip()).groups()
    if kind == 'char' and not pointer:
        return 'c', name, int(length)
    return 'Q' if pointer else INTEGERS.get(kind, kind), name, int(length or 1)


def structs():
    """Of each struct of the header, its fields."""
    return {name: [declared(field) for field in body.split(';') if field.strip()]
            for body, name in re.findall(r'typedef struct \{(.*?)\} (\w+);', HEADER, re.DOTALL)}


def constants():
    return {name: int(value) for name, value in re.findall(r'KINESIS_(\w+) = (\d+)', HEADER)}


def functions(text, pattern):
    """Of each function, the types of its arguments; an array's is a pointer's."""
    found = {}
    for name, arguments in re.findall(pattern, text, re.DOTALL):
        kinds = []
        for argument in [] if arguments.strip() in ('', 'void') else arguments.split(','):
            argument = re.sub(r'_(?:Out|Inout)_ ', '', ' '.join(argument.split()))
            kinds.append('Q' if argument.endswith(']') else declared(argument)[0])
        found[name] = kinds
    return found


def kind_of(kind):
    """That of ctypes."""
    if kind in (ctypes.c_char_p, ctypes.c_void_p) or hasattr(kind, 'contents'):
        return 'Q'
    return next((name for name, one in CLASSES.items() if one is kind), None) or CTYPES[kind]


def fields_of(kind):
    for name, field in kind._fields_:
        is_array = hasattr(field, '_length_')
        element = field._type_ if is_array else field
        yield ('c' if element is ctypes.c_char else kind_of(element), name,
               field._length_ if is_array else 1)


def test_every_struct_has_the_fields_of_the_header():
    of_header = structs()
    assert set(of_header) == set(CLASSES) | {'kinesis_view'}
    for name, kind in CLASSES.items():
        assert list(fields_of(kind)) == of_header[name], name


def test_a_view_is_unpacked_as_the_header_lays_it_out():
    of_header = structs()
    number = ''.join(kind for kind, _, _ in of_header['kinesis_sequence_number'])
    layout = ''.join(kind for kind, _, _ in of_header['kinesis_view'])
    assert _library.VIEW.format == '=' + layout.replace('kinesis_sequence_number', number)
    # The '=' of it leaves no gaps, and neither does C.
    assert _library.VIEW.size == struct.calcsize('@' + _library.VIEW.format[1:])


def test_every_function_takes_what_the_header_says():
    of_header = functions(HEADER, r'KINESIS_API int (\w+)\(([^;]*)\);')
    assert len(of_header) > 40
    for name, arguments in _library._SIGNATURES.items():
        assert [kind_of(argument) for argument in arguments] == of_header[name], name


def test_every_code_has_its_exception():
    codes = constants()
    for kind in _library._BY_CODE.values():
        name = re.sub(r'(?<!^)([A-Z])', r'_\1', kind.__name__).upper()
        assert kind.code == codes['BAD_HANDLE' if name == 'CLOSED' else name]
    assert _library.KinesisError.code == codes['UNKNOWN']


@pytest.mark.parametrize('names, enum', [
    (bus._STARTS, 'kinesis_start'), (engine._CLOCKS, 'kinesis_clock'),
    (engine._LIMITS, 'kinesis_limits')])
def test_every_choice_is_that_of_the_header(names, enum):
    body = re.search(r'enum %s \{(.*?)\}' % enum, HEADER, re.DOTALL)[1]
    of_header = {int(value): name for name, value in re.findall(r'(\w+) = (\d+)', body)}
    assert sorted(names.values()) == sorted(of_header)
    for name, value in names.items():
        assert name.upper() in of_header[value]


def test_the_structs_of_javascript_have_the_fields_of_the_header():
    of_header = structs()
    of_module = re.findall(r"koffi\.struct\('(\w+)', \{(.*?)\}\)", MODULE, re.DOTALL)
    assert len(of_module) == 3
    kinds = {'str': 'Q', 'void*': 'Q', 'size_t': 'Q', 'int32': 'i', 'int64': 'q', 'uint64': 'Q'}
    for name, body in of_module:
        fields = [(kinds[kind], field, 1) for field, kind in re.findall(r"(\w+): '(.*?)'", body)]
        assert fields == of_header[name], name


def test_the_functions_and_numbers_of_javascript_are_those_of_the_header():
    of_header = functions(HEADER, r'KINESIS_API int (\w+)\(([^;]*)\);')
    calls = re.sub(r"' \+\s*'", '', MODULE)
    of_module = functions(calls, r"f\('int (\w+)\((.*?)\)'\)")
    assert len(of_module) > 10
    for name, arguments in of_module.items():
        assert arguments == of_header[name], name
    for of_python, of_module in [(engine._CLOCKS, 'kClocks'), (engine._LIMITS, 'kLimits')]:
        body = re.search(r'const %s = \{(.*?)\}' % of_module, MODULE)[1]
        assert {name: int(value) for name, value in re.findall(r'(\w+): (\d+)', body)} == of_python
    for name, value in [('kEnd', 'END'), ('kBadHandle', 'BAD_HANDLE')]:
        assert int(re.search(r'const %s = (\d+)' % name, MODULE)[1]) == constants()[value]
