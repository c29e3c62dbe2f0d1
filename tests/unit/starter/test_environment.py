"""A new environment's file is one that the settings accept."""

from slipway.starter.environment import free_block


def test_networks_never_overlap() -> None:
    assert free_block([]) == "10.0.0.0/16"
    assert free_block(["10.0.0.0/16", "10.16.128.0/20"]) == "10.32.0.0/16"
    assert free_block(["10.0.0.0/8"]) == "172.20.0.0/16"
