"""boto3 and botocore on an engine, unchanged: requests are answered where they would be sent."""
import itertools
import threading
import time
import weakref

import botocore
import botocore.awsrequest
import botocore.endpoint
import botocore.session
import botocore.waiter

from .engine import Engine

JSON = 'application/x-amz-json-1.1'
EVENT_STREAM = 'application/vnd.amazon.eventstream'

# How long a reader of a subscription sleeps at the most before it is given an event without
# records, by the engine's clock. The service sends one about as often.
_IDLE_SECONDS = 5

_this_thread = threading.local()
_request_ids = itertools.count(1)


class _Body:
    """What botocore reads from a response of urllib3."""

    def __init__(self, text):
        self._text = text

    def stream(self, *_args, **_kwargs):
        yield self._text

    def read(self, *_args, **_kwargs):
        text, self._text = self._text, b''
        return text

    def close(self):
        pass


class _EventBody:
    """The same of a subscription, which goes on until it ends or the client closes it."""

    def __init__(self, events):
        self._events = events

    def stream(self, *_args, **_kwargs):
        while True:
            frames = self._events.next_frames(_IDLE_SECONDS)
            if not frames:
                return
            yield frames

    def close(self):
        self._events.close()


class _EngineTime:
    """Stands in for the module `time` in botocore: who waits between two requests, or before it
    tries one again, sleeps by the clock of the engine that answered this thread's last request."""

    def __getattr__(self, name):
        return getattr(time, name)

    @staticmethod
    def sleep(seconds):
        engine = getattr(_this_thread, 'engine', None)
        if engine is not None and engine.clock.is_simulated:
            engine.clock.sleep(seconds)
        else:
            time.sleep(seconds)


class _Waits:
    """Puts _EngineTime into botocore while anything is patched."""

    _modules = (botocore.endpoint, botocore.waiter)
    _lock = threading.Lock()
    _users = 0
    _send = None

    @classmethod
    def add(cls):
        with cls._lock:
            cls._users += 1
            if cls._users > 1:
                return
            for module in cls._modules:
                module.time = _EngineTime()
            cls._send = real_send = botocore.endpoint.Endpoint._send_request

            def send(self, *args, **kwargs):
                _this_thread.engine = None  # until an engine answers
                return real_send(self, *args, **kwargs)
            botocore.endpoint.Endpoint._send_request = send

    @classmethod
    def remove(cls):
        with cls._lock:
            cls._users -= 1
            if cls._users == 0:
                for module in cls._modules:
                    module.time = time
                botocore.endpoint.Endpoint._send_request = cls._send


def _session_of(target):
    """The session of botocore that `target` is or has; None if it is a client."""
    if isinstance(target, botocore.session.Session):
        return target
    inner = getattr(target, '_session', None)  # boto3 keeps it to itself
    return inner if isinstance(inner, botocore.session.Session) else None


def _client_of(target):
    """The client that `target` is, or that a resource of boto3 has."""
    meta = getattr(target, 'meta', None)
    client = getattr(meta, 'client', target)
    if not hasattr(getattr(client, 'meta', None), 'events'):
        raise TypeError('%r is neither a session nor a client of boto3 or botocore' % (target,))
    return client


class Patch:
    """Kinesis's requests are answered by an engine, until undo() or the end of its `with`.

    `engine` is that engine. Made by patch().
    """

    def __init__(self, target, engine):
        self.engine = engine
        self._is_undone = False
        self._owner = botocore.session.Session if target is None else _session_of(target)
        if self._owner is None:
            self._answer_for(_client_of(target))
        else:
            self._wrap_create_client()
        _Waits.add()

    def _wrap_create_client(self):
        """Clients of Kinesis get our handlers, and neither look for credentials nor for a region,
        which may take them to the network."""
        real = self._owner.create_client

        def create_client(*args, **kwargs):
            # Of a class, args begins with the session.
            at = 1 if self._owner is botocore.session.Session else 0
            service = args[at] if len(args) > at else kwargs.get('service_name')
            if service != 'kinesis' or self._is_undone:
                return real(*args, **kwargs)
            if len(args) <= at + 1 and not kwargs.get('region_name'):
                session = args[0] if at else self._owner
                kwargs['region_name'] = (session.get_config_variable('region') or
                                         self.engine.region)
            if not (kwargs.get('aws_access_key_id') or kwargs.get('aws_secret_access_key')):
                kwargs.update(aws_access_key_id='kinesis_core',
                              aws_secret_access_key='kinesis_core')
            client = real(*args, **kwargs)
            self._answer_for(client)
            return client
        self._real, self._wrapper = real, create_client
        self._owner.create_client = create_client

    def _answer_for(self, client):
        with _patches_lock:
            patches = _patches.get(client)
            if patches is None:
                patches = _patches[client] = _Patches()
                client.meta.events.register_first('before-send.kinesis', patches.answer)
                client.meta.events.register_first('choose-signer.kinesis', patches.choose_signer)
        patches.append(self)

    def undo(self):
        """Requests go where they went. Undoing twice is harmless."""
        if self._is_undone:
            return
        self._is_undone = True
        if self._owner is not None:
            current = self._owner.__dict__.get('create_client')
            if current is self._wrapper:  # else a later patch has it, and passes through this one
                if self._owner is botocore.session.Session:
                    self._owner.create_client = self._real
                else:
                    del self._owner.create_client
        _Waits.remove()

    def __enter__(self):
        return self.engine

    def __exit__(self, *_):
        self.undo()

    def answer(self, request):
        """The engine's answer to a request of botocore."""
        _this_thread.engine = self.engine
        target = request.headers['X-Amz-Target']
        operation = target if isinstance(target, bytes) else target.encode()
        body = request.body or b'{}'
        body = body.encode() if isinstance(body, str) else bytes(body)
        status, text, events = self.engine.call(operation, body)
        headers = {'content-type': JSON, 'x-amzn-requestid': 'kinesis_core-%d' % next(_request_ids)}
        raw = _Body(text)
        if events is not None:
            headers['content-type'] = EVENT_STREAM
            raw = _EventBody(events)
        return botocore.awsrequest.AWSResponse(request.url, status, headers, raw)

    @property
    def is_undone(self):
        return self._is_undone


class _Patches(list):
    """Those of a client: the newest that is in force answers."""

    def _in_force(self):
        return next((patch for patch in reversed(self) if not patch.is_undone), None)

    def answer(self, request, **_):
        patch = self._in_force()
        return None if patch is None else patch.answer(request)

    def choose_signer(self, **_):
        return None if self._in_force() is None else botocore.UNSIGNED


_patches = weakref.WeakKeyDictionary()
_patches_lock = threading.Lock()


def patch(target=None, engine=None, **options):
    """Answers the Kinesis requests of `target` from `engine`, with no socket and no credentials.

        with kinesis_core.patch() as engine:          # all clients that are made within
            kinesis = boto3.client('kinesis')

    `target` is a session of boto3 or botocore, whose clients that are made from now on are meant,
    or a client. Left out, it is every session. Other services' requests go where they went. Without
    an `engine` it is a new one, Engine(**options). Returns a Patch, whose undo() or `with` ends it;
    the engine stays open.
    """
    if engine is not None and options:
        raise TypeError('an engine has its options already: %s' % ', '.join(options))
    return Patch(target, engine if engine is not None else Engine(**options))
