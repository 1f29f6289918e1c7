"""The fixture `kinesis`: boto3 on an engine of the test's own, with its clock and faults.

    # conftest.py
    pytest_plugins = ['kinesis_core.pytest_plugin']

    def test_a_lost_record(kinesis):
        kinesis.faults.add('fail read with ExpiredIterator, 1 time')
        consumer = Consumer(kinesis.client)
        ...
"""
import pytest

from .boto import patch
from .engine import Engine


class Kinesis:
    """What the fixture gives. `client` is made at its first use."""

    def __init__(self, engine):
        self.engine = engine
        self.clock = engine.clock
        self.faults = engine.faults
        self._client = None

    @property
    def client(self):
        if self._client is None:
            self._client = self.new_client()
        return self._client

    def new_client(self, **options):
        """A client of boto3, whose requests the engine answers."""
        import boto3
        options.setdefault('region_name', self.engine.region)
        return boto3.client('kinesis', **options)

    def create_stream(self, name, shards=1):
        """A stream that is ACTIVE when this returns."""
        self.client.create_stream(StreamName=name, ShardCount=shards)
        self.client.get_waiter('stream_exists').wait(StreamName=name)

    def records(self, name):
        """Every record of a stream, as the bus reads it: no operation, no rate, no fault."""
        return list(self.engine.open_stream(name))


@pytest.fixture
def kinesis(request):
    """boto3.client('kinesis') of whoever makes one meanwhile is answered by an engine on simulated
    time, in which botocore's own waits take no time. A mark chooses its options:
    @pytest.mark.kinesis(rates=False, limits='2015'), those of Engine; sleep=True lets time.sleep
    and time.time be the engine's, too."""
    mark = request.node.get_closest_marker('kinesis')
    options = dict(mark.kwargs) if mark is not None else {}
    replaces_sleep = options.pop('sleep', False)
    with Engine(**options) as engine, patch(engine=engine):
        given = Kinesis(engine)
        request.node._kinesis_faults = engine.faults
        if replaces_sleep:
            with engine.clock.replaces_sleep():
                yield given
        else:
            yield given


def pytest_configure(config):
    config.addinivalue_line('markers', 'kinesis(**options): options of the fixture kinesis')


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails says what its faults did."""
    outcome = yield
    report = outcome.get_result()
    faults = getattr(item, '_kinesis_faults', None)
    if report.failed and report.when == 'call' and faults is not None:
        report.sections.append(('kinesis faults', faults.report()))
