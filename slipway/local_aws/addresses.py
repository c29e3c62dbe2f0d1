"""Loopback addresses: one for each load balancer and each task, as a VPC would hand them out."""

from __future__ import annotations

import errno
import ipaddress
import random
import socket
import threading
from collections.abc import Iterator

_BLOCKS = range(10, 251)


class NoAddressesError(Exception):
    """The machine has no loopback addresses to give."""


class AddressBlock:
    """A /16 of loopback addresses that no other local AWS on this machine uses.

    The claim is a listening socket of Linux's abstract namespace: it has no file to clean up, and
    the kernel drops it together with the process, however that ends.
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
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                claim.bind(f"\0local-aws-addresses-{network.network_address}")
            except OSError as error:
                claim.close()
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


def _require_loopback_addresses(network: ipaddress.IPv4Network) -> None:
    """Stop where only 127.0.0.1 exists: macOS wants each further address as an alias of lo0."""
    address = str(network.network_address + 1)
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            raise NoAddressesError(
                f"this machine has no loopback address {address}: on macOS add aliases first, "
                f"for i in $(seq 1 60); do sudo ifconfig lo0 alias "
                f"{network.network_address + 0}.$i; done"
            ) from error
