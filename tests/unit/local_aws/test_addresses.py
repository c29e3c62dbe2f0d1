"""Two local AWS on one machine never share an address."""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor

import pytest

from slipway.local_aws import addresses
from slipway.local_aws.addresses import AddressBlock, NoAddressesError


def test_a_block_that_is_claimed_is_not_claimed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_BLOCKS", range(251, 253))
    first, second = AddressBlock.claim(), AddressBlock.claim()
    assert not first.network.overlaps(second.network)
    with pytest.raises(NoAddressesError, match="all loopback address blocks are taken"):
        AddressBlock.claim()
    first.release()
    third = AddressBlock.claim()
    assert third.network == first.network
    second.release()
    third.release()


def test_every_address_is_handed_out_once() -> None:
    block = AddressBlock(ipaddress.IPv4Network("127.11.0.0/16"))
    with ThreadPoolExecutor(8) as threads:
        handed_out = list(threads.map(lambda _: block.next(), range(500)))
    assert len(set(handed_out)) == 500
    assert all(ipaddress.ip_address(address) in block.network for address in handed_out)
