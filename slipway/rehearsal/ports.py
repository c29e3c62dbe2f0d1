"""Ports that a load balancer of the rehearsal can listen on."""

from __future__ import annotations

import ipaddress
import random
import socket

LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
_NEIGHBOURS = 100


def free_port(preferred: int, addresses: ipaddress.IPv4Network = LOOPBACK) -> int:
    """Return the preferred port if it can be had on loopback addresses, else one close by.

    The local AWS gives each load balancer an address of its own, so whoever listens on
    127.0.0.1:8080 is in nobody's way. Whoever listens on 0.0.0.0:8080 holds that port on every
    address, and another one is needed.

    Parameters
    ----------
    preferred
        The port that the settings ask for.
    addresses
        Where it will be used; one address in there is tried, chosen at random.
    """
    candidates = range(preferred, min(preferred + _NEIGHBOURS, 65536))
    for port in (*candidates, 0):
        address = addresses[random.randrange(1, addresses.num_addresses - 1)]  # noqa: S311
        with socket.socket() as probe:
            try:
                probe.bind((str(address), port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return preferred  # Whoever binds it will say what is wrong with this machine.
