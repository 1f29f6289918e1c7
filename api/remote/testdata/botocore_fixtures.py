#!/usr/bin/python3
"""Writes what Debian's python3-botocore makes of generated requests, for sigv4_test and
remote_client_test.

    api/remote/testdata/botocore_fixtures.py api/remote/testdata

  signatures.txt      of 2,000 signed requests the first 16 digits of the signature
  presigned_urls.txt  of 2,000 presigned URLs the same
  retries.txt         600 calls in the standard retry mode, on one budget: which OUTCOMES the
                      attempts of each came to, and the waits between them

The requests are made from numbers of SplitMix64, by the same rules here and in the tests, so that
the files need not hold them.
"""
import datetime
import os
import sys
import types

os.environ['BOTO_DISABLE_CRT'] = 'true'  # whose signer has a clock of its own
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from botocore.retries import quota, standard

COUNT = 2000
REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-2', 'us-gov-west-1']


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(self, end):
        return self.next() % end

    def bytes(self, most):
        return bytes(self.below(256) for _ in range(self.below(most + 1)))

    def text(self, most):
        pieces = ['a', 'Z', '0', '.', '_', '-', '~', ' ', '/', '+', '=', '&', '%', '"', '\u00e9',
                  '\u20ac', '\U0001f600']
        return ''.join(pieces[self.below(len(pieces))] for _ in range(1 + self.below(most)))


def common(random):
    key = f'AKIA{random.next():016X}'
    secret = f'{random.next():016x}/+{random.next():016x}'
    token = f'tok/+={random.next():016x}' if random.below(3) == 0 else None
    region = REGIONS[random.below(len(REGIONS))]
    when = datetime.datetime(2015, 4, 1) + datetime.timedelta(seconds=random.below(10**9))
    return botocore.credentials.Credentials(key, secret, token), region, when


def set_time(when):
    class Now(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return when

    if hasattr(botocore.auth, 'get_current_datetime'):  # later releases than Debian 12's
        botocore.auth.get_current_datetime = lambda: when
    else:
        botocore.auth.datetime = types.SimpleNamespace(datetime=Now, timedelta=datetime.timedelta)


def signature(index):
    random = SplitMix64(index)
    credentials, region, when = common(random)
    set_time(when)
    headers = {'Content-Type': 'application/x-amz-json-1.1',
               'X-Amz-Target': 'Kinesis_20131202.PutRecord',
               'User-Agent': 'not signed'}
    if random.below(2) == 0:
        headers['X-Note'] = '  two   blanks and ' + 'x' * random.below(20) + '  '
    path = ['/', '/a/b', '/a%20b//c/', '/x/../y/./z', ''][random.below(5)]
    query = ['', '?b=2&a=1', '?name=a%20b&name=&empty'][random.below(3)]
    port = ['', ':443', ':4567'][random.below(3)]
    body = random.bytes(200)
    request = botocore.awsrequest.AWSRequest(
        'POST', f'https://kinesis.{region}.amazonaws.com{port}{path}{query}', headers=headers,
        data=body)
    botocore.auth.SigV4Auth(credentials, 'kinesis', region).add_auth(request)
    return request.headers['Authorization'][-64:]


def url(index, sessions={}):
    random = SplitMix64(COUNT + index)
    credentials, region, when = common(random)
    set_time(when)
    if region not in sessions:
        session = botocore.session.Session()
        session.set_credentials('a', 'b')
        sessions[region] = session.create_client('kinesis', region_name=region)
    client = sessions[region]
    client._request_signer._credentials = credentials
    kind = random.below(6)
    if kind == 0:
        call = 'list_streams', {'ExclusiveStartStreamName': random.text(12),
                                'Limit': 1 + random.below(100)}
    elif kind == 1:
        call = 'put_record', {'Data': random.bytes(60), 'PartitionKey': random.text(20),
                              'StreamName': random.text(9)}
    elif kind == 2:
        call = 'get_shard_iterator', {
            'ShardId': 'shardId-000000000001', 'ShardIteratorType': 'AT_TIMESTAMP',
            'StreamName': random.text(9),
            'Timestamp': datetime.datetime.utcfromtimestamp(random.below(2 * 10**9))}
    elif kind == 3:
        call = 'remove_tags_from_stream', {
            'StreamName': random.text(9),
            'TagKeys': [random.text(5) for _ in range(1 + random.below(4))]}
    elif kind == 4:
        call = 'delete_stream', {'EnforceConsumerDeletion': random.below(2) == 0,
                                 'StreamName': random.text(9)}
    else:
        call = 'describe_limits', {}
    made = client.generate_presigned_url(call[0], Params=call[1],
                                         ExpiresIn=1 + random.below(604800))
    return made[-64:]


def write_digests(name, make):
    digests = [make(i)[:16] for i in range(COUNT)]
    with open(name, 'w') as out:
        for i in range(0, COUNT, 5):
            out.write(' '.join(digests[i:i + 5]) + '\n')


# What an attempt may come to: an HTTP status and error name, or an exception.
OUTCOMES = ['200', '400 ResourceNotFoundException', '400 ProvisionedThroughputExceededException',
            '400 LimitExceededException', '400 ThrottlingException', '500 InternalFailure',
            '503 ', '502 ', '504 ', '501 ', '400 RequestTimeout', '400 ExpiredIteratorException',
            '403 UnrecognizedClientException', '400 KMSThrottlingException', 'timeout',
            'connection']


def write_retries(name):
    """Calls one after the other, on one budget; some outcomes are so often that it runs out."""
    random = SplitMix64(2 * COUNT)
    budget = quota.RetryQuota()
    session = botocore.session.Session()
    session.set_credentials('a', 'b')
    model = session.create_client('kinesis', region_name='us-east-1').meta.service_model
    operation = model.operation_model('PutRecord')
    checker = standard.RetryQuotaChecker(budget)
    lowest = quota.RetryQuota.INITIAL_CAPACITY
    quota_of_a_retry = checker._RETRY_COST
    with open(name, 'w') as out:
        for call in range(600):
            draws = []

            def draw():
                draws.append(random.next())
                return (draws[-1] >> 11) / 2.0**53

            policy = standard.RetryPolicy(standard.StandardRetryConditions(),
                                          standard.ExponentialBackoff(random=draw))
            context = {}
            outcomes, waits = [], []
            for attempt in range(1, 100):
                # Trouble in the middle of the calls, and good times after it.
                which = random.below(len(OUTCOMES)) if call < 400 else random.below(40) % 16 * (
                    random.below(4) == 0)
                outcome = OUTCOMES[which]
                outcomes.append(str(which))
                status, _, error = outcome.partition(' ')
                exception = {'timeout': ConnectTimeoutError(endpoint_url='x'),
                             'connection': EndpointConnectionError(endpoint_url='x')}.get(outcome)
                http = None if exception else types.SimpleNamespace(status_code=int(status))
                parsed = {'Error': {'Code': error}} if error else {}
                retry = standard.RetryContext(attempt, operation, parsed, http, exception, context)
                if outcome == '200' or not policy.should_retry(retry):
                    break
                if not checker.acquire_retry_quota(retry):
                    break
                waits.append(policy.compute_retry_delay(retry))
            if http is not None:
                checker.release_retry_quota(context, http)
            out.write(f'{",".join(outcomes)}|{",".join(f"{wait:.9f}" for wait in waits)}\n')
            lowest = min(lowest, budget.available_capacity)
    assert lowest < quota_of_a_retry, 'the budget has to run out'


def main():
    folder = sys.argv[1]
    write_digests(f'{folder}/signatures.txt', signature)
    write_digests(f'{folder}/presigned_urls.txt', url)
    write_retries(f'{folder}/retries.txt')


main()
