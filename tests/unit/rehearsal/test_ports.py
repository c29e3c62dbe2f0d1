import ipaddress
import socket

from slipway.rehearsal.ports import free_port

THESE = ipaddress.IPv4Network("127.251.0.0/16")


def listening_on(address: str) -> socket.socket:
    return socket.create_server((address, 0))


def test_port_held_on_every_address_is_replaced_by_one_close_by() -> None:
    with listening_on("0.0.0.0") as holder:  # noqa: S104 - that is the point
        taken = holder.getsockname()[1]
        port = free_port(taken, THESE)
    assert taken < port < taken + 100


def test_port_held_on_one_other_loopback_address_can_be_had() -> None:
    with listening_on("127.0.0.1") as holder:
        taken = holder.getsockname()[1]
        assert free_port(taken, THESE) == taken
