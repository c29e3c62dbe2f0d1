"""Loopback addresses: one for each load balancer and each task, as a VPC would hand them out."""

from __future__ import annotations

import errno
import ipaddress
import random
import socket
import sys
import threading
from collections.abc import Iterator

# Elsewhere than on Linux addresses are aliases that somebody added, so it is always the same block.
_BLOCKS = range(10, 251) if sys.platform == "linux" else range(10, 11)
_CLAIM_PORT = 65_000


class NoAddressesError(Exception):
    """The machine has no loopback addresses to give."""


class AddressBlock:
    """A /16 of loopback addresses that no other local AWS on this machine uses.

    The claim is a socket of Linux's abstract namespace: it has no file to clean up, and the kernel
    drops it together with the process, however that ends.
    """

    def __init__(self, network: ipaddress.IPv4Network, claim: socket.socket | None = None) -> None:
        self.network = network
        self._claim = claim
        self._hosts: Iterator[ipaddress.IPv4Address] = network.hosts()
        self._lock = threading.Lock()

    @classmethod
    def claim(cls) -> AddressBlock:
        """Take a free block at random.

        Raises
        ------
        NoAddressesError
            The machine answers on 127.0.0.1 only (macOS), or every block is taken.
        """
        for second_byte in random.sample(_BLOCKS, len(_BLOCKS)):
            network = ipaddress.IPv4Network(f"127.{second_byte}.0.0/16")
            _require_loopback_addresses(network)
            try:
                claim = _claim(network)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise
            return cls(network, claim)
        raise NoAddressesError(
            "all loopback address blocks are taken: stop another local AWS, then try again"
        )

    def next(self) -> str:
        """Hand out an address that was not handed out before; any thread may ask."""
        with self._lock:
            return str(next(self._hosts))

    def release(self) -> None:
        """Let others claim the block."""
        if self._claim is not None:
            self._claim.close()

    def __str__(self) -> str:
        return str(self.network)


def _claim(network: ipaddress.IPv4Network) -> socket.socket:
    if sys.platform != "linux":
        return socket.create_server((str(network.network_address + 1), _CLAIM_PORT))
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0local-aws-addresses-{network.network_address}")
    except OSError:
        claim.close()
        raise
    return claim


def _require_loopback_addresses(network: ipaddress.IPv4Network) -> None:
    """Stop where only 127.0.0.1 exists: macOS wants each further address as an alias of lo0."""
    address = str(network.network_address + 1)
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            first_three = str(network.network_address).removesuffix(".0")
            raise NoAddressesError(
                f"this machine has no loopback address {address}: on macOS add aliases first, "
                f"for i in $(seq 1 60); do sudo ifconfig lo0 alias {first_three}.$i; done"
            ) from error
