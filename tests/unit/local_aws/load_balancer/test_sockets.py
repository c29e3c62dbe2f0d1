"""Ports that belong to root, for somebody who isn't."""

import errno
import os
import socket

import pytest

from slipway.local_aws.load_balancer.sockets import PortUnavailableError, listening_socket

PLACE = ("127.0.0.1", 80)


@pytest.fixture(autouse=True)
def _ports_below_1024_are_root_s(monkeypatch):
    """As the kernel has it for everybody else; who runs the tests, and where, must not matter."""
    opened = socket.create_server

    def refused_below_1024(place, **options):
        if 0 < place[1] < 1024:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(place, **options)

    monkeypatch.setattr(socket, "create_server", refused_below_1024)


def test_a_listener_that_serves_is_refused_with_the_mend():
    with pytest.raises(PortUnavailableError) as error:
        listening_socket(PLACE, only_redirects=False)
    assert str(error.value) == (
        "port 80 needs root on this machine: use a port above 1023 for the listener"
    )


def test_a_listener_that_only_redirects_keeps_nobody_from_the_rest():
    with listening_socket(PLACE, only_redirects=True) as listening:
        address, port = listening.getsockname()
    assert address == "127.0.0.1"
    assert port > 1023
