"""Amazon Kinesis Data Streams in this process: for tests of what uses boto3, and as a bus.

    with kinesis_core.patch() as engine:
        kinesis = boto3.client('kinesis', region_name='us-east-1')
        ...

api/python/README.md has more. Needs libkinesis.so.0; no part of it is compiled.
"""
from ._library import (Aborted, AlreadyExists, Busy, Cancelled, Closed, DeadlineExceeded,
                       FailedPrecondition, InvalidArgument, KinesisError, NotFound, OutOfRange,
                       ResourceExhausted, SequenceNumber)
from .bus import Delivery, Group, Iterator, Member, Record, Stream
from .engine import Clock, Engine, Faults

__all__ = [
    'Aborted', 'AlreadyExists', 'Busy', 'Cancelled', 'Clock', 'Closed', 'DeadlineExceeded',
    'Delivery', 'Engine', 'FailedPrecondition', 'Faults', 'Group', 'InvalidArgument', 'Iterator',
    'KinesisError', 'Member', 'NotFound', 'OutOfRange', 'Record', 'ResourceExhausted',
    'SequenceNumber', 'Stream', 'patch',
]


def patch(target=None, engine=None, **options):
    """Answers the Kinesis requests of a boto3 session or client; see kinesis_core.boto.patch."""
    from .boto import patch as patch_boto  # botocore is needed by this alone
    return patch_boto(target, engine, **options)
