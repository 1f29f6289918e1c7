"""Reads a file of event-stream frames with botocore's decoder and says what is in it.

    botocore_decoder.py FILE
"""
import sys

from botocore.eventstream import EventStreamBuffer, ParserError


def messages(data, step):
    """The messages of `data`, which arrives in pieces of `step` bytes."""
    buffer = EventStreamBuffer()
    for at in range(0, len(data), step):
        buffer.add_data(data[at:at + step])
        yield from buffer


def main():
    data = open(sys.argv[1], 'rb').read()
    whole = [(m.headers, m.payload) for m in messages(data, len(data))]
    assert whole == [(m.headers, m.payload) for m in messages(data, 1)]
    for headers, payload in whole:
        kind = headers.get(':event-type', headers.get(':exception-type'))
        print(headers[':message-type'], kind, payload.decode())
    # Every flipped byte is noticed: what was decoded above was checked.
    for at in range(len(data)):
        broken = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        try:
            if [(m.headers, m.payload) for m in messages(broken, len(broken))] == whole:
                raise SystemExit('byte %d can change unnoticed' % at)
        except ParserError:
            pass


if __name__ == '__main__':
    main()
