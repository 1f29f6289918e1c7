import socket

import pytest

pytest_plugins = ['kinesis_core.pytest_plugin', 'pytester']


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch):
    """Whatever would open a connection fails the test that does."""
    def refuse(*_args, **_kwargs):
        raise AssertionError('a socket was opened')
    monkeypatch.setattr(socket.socket, 'connect', refuse)
    monkeypatch.setattr(socket, 'create_connection', refuse)
    monkeypatch.setattr('botocore.httpsession.URLLib3Session.send', refuse)
