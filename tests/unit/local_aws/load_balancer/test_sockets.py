"""Ports that belong to root, for somebody who isn't."""

import json
import os

import pytest

from slipway.local_aws.load_balancer.sockets import PortUnavailableError, listening_socket

NOBODY = 65534
PLACE = ("127.0.0.1", 80)


def as_anybody(work):
    """Do something without root's rights, in a process of its own, and return what it returns."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            answer = json.dumps(work())
        except BaseException as error:
            answer = json.dumps(repr(error))
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        return json.loads(told.read())


@pytest.fixture(autouse=True)
def _port_80_is_root_s():
    def first():
        try:
            listening_socket(PLACE, only_redirects=False).close()
        except PortUnavailableError as error:
            return str(error)
        return ""

    if "needs root" not in as_anybody(first):
        pytest.skip("anybody may open port 80 here, or somebody has it")


def test_a_listener_that_serves_is_refused_with_the_mend():
    def refused():
        with pytest.raises(PortUnavailableError) as error:
            listening_socket(PLACE, only_redirects=False)
        return str(error.value)

    assert as_anybody(refused) == (
        "port 80 needs root on this machine: use a port above 1023 for the listener"
    )


def test_a_listener_that_only_redirects_keeps_nobody_from_the_rest():
    def elsewhere():
        with listening_socket(PLACE, only_redirects=True) as listening:
            return listening.getsockname()

    address, port = as_anybody(elsewhere)
    assert address == "127.0.0.1"
    assert port > 1023
