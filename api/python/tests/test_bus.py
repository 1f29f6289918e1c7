"""The bus from Python: records, places, groups, and what is refused."""
import threading

import pytest

import kinesis_core


@pytest.fixture
def engine():
    with kinesis_core.Engine() as given:
        yield given


def test_records_come_back_in_order_with_their_places(engine):
    stream = engine.create_stream('bus')
    stream.put('alice', b'\x00tea')
    number = stream.put_numbered(b'bob', 'milk')
    assert stream.put_batch([('a', b'%d' % i) for i in range(2500)]) == {}
    records = list(stream)
    assert len(records) == 2502
    assert (records[0].key, records[0].data) == (b'alice', b'\x00tea')
    assert str(records[1].sequence_number) == str(number) and len(str(number)) == 56
    assert records[1].arrival_ms == 1_600_000_000_000
    after = stream.iterator(start='after', number=number)
    assert next(iter(after)).data == b'0'
    with pytest.raises(kinesis_core.InvalidArgument, match='trim_horizon'):
        stream.iterator(start='first')


def test_a_reader_waits_and_follows_a_split(engine):
    stream = engine.create_stream('bus', shards=2)
    reader = stream.iterator(0, start='latest')
    engine.clock.auto_advance(0)
    producer = threading.Timer(0.05, lambda: stream.put_wait('a', b'x', hash_key=0))
    producer.start()
    assert reader.wait(60)
    producer.join()
    assert [r.data for r in reader] == [b'x']
    engine.clock.auto_advance(1)
    assert not reader.wait(3600), 'an hour of simulated time'
    assert stream.split(0) == [2, 3]
    assert reader.read() == [] and reader.is_at_end and reader.children == [2, 3]
    assert stream.merge(3, 1) == 4
    shards = stream.shards()
    assert [s['is_open'] for s in shards] == [False, False, True, False, True]
    assert shards[4]['parents'] == [3, 1] or shards[4]['parents'] == [1, 3]
    assert shards[4]['last'] == 2**128 - 1


def test_a_group_shares_the_work_and_commits(engine):
    stream = engine.create_stream('bus', shards=2)
    letters = engine.create_stream('letters')
    group = stream.group('billing', max_records=10, max_attempts=2, dead_letters=letters)
    assert stream.put_batch([('key%d' % i, b'%d' % i) for i in range(100)]) == {}
    assert group.lag() == 100
    stream.finish()
    seen, failures = [], 0
    with group.join() as member:
        while True:
            try:
                for delivery in member:
                    with delivery:
                        for record in delivery:
                            if record.data == b'13':
                                raise RuntimeError('thirteen')
                            seen.append(record.data)
                            delivery.commit(delivery.committed + 1)
                break
            except RuntimeError:
                failures += 1
    assert sorted(seen, key=int) == [b'%d' % i for i in range(100) if i != 13]
    assert group.lag() == 0
    (letter,) = letters
    assert b'thirteen' in letter.data and letter.data.endswith(b'\n13')


def test_members_are_stopped_from_another_thread(engine):
    group = engine.create_stream('bus').group('g')
    member = group.join()
    engine.clock.auto_advance(0)
    threading.Timer(0.05, member.stop).start()
    assert member.next() is None


def test_what_is_wrong_is_an_exception_of_its_kind(engine):
    stream = engine.create_stream('bus', shard_capacity_bytes=32 << 10)
    with pytest.raises(kinesis_core.AlreadyExists):
        engine.create_stream('bus')
    with pytest.raises(kinesis_core.NotFound):
        engine.open_stream('none')
    with pytest.raises(kinesis_core.OutOfRange, match='shard_count'):
        engine.create_stream('many', shards=-1)
    with pytest.raises(TypeError, match='data is 7'):
        stream.put('a', 7)
    with pytest.raises(kinesis_core.ResourceExhausted):
        for _ in range(1000):
            stream.put('a', b'x' * 1000)
    failed = stream.put_batch([('a', b''), ('a', b'x' * 2000)])
    assert 1 in failed and failed[1] == kinesis_core.ResourceExhausted.code
    with pytest.raises(kinesis_core.DeadlineExceeded):
        stream.put_wait('a', b'x' * 2000, timeout=60)
    with pytest.raises(kinesis_core.InvalidArgument, match="clock is 'lunar'"):
        kinesis_core.Engine(clock='lunar')
    with pytest.raises(kinesis_core.InvalidArgument, match='line 1'):
        engine.faults.add('boom')


def test_what_is_closed_says_so(engine):
    stream = engine.create_stream('bus')
    reader = stream.iterator()
    stream.close()
    stream.close()
    with pytest.raises(kinesis_core.Closed):
        stream.put('a', b'')
    assert reader.read() == []
    engine.close()
    for use in (reader.read, engine.clock.now, lambda: engine.call(b'ListStreams', b'{}')):
        with pytest.raises(kinesis_core.Closed):
            use()


def test_threads_have_clients_of_their_own(engine):
    answers = []

    def work():
        for _ in range(50):
            answers.append(engine.call(b'DescribeAccountSettings', b'{}')[0])
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 200
