"""A security policy decides which TLS a listener speaks."""

from __future__ import annotations

import ssl

import pytest

from slipway.local_aws.load_balancer.security_policies import (
    DEFAULT_POLICY,
    UnsupportedPolicyError,
    minimum_version,
)


@pytest.mark.parametrize(
    "policy",
    [
        "TLS13-1-2-2021-06",
        "TLS13-1-2-Res-2021-06",
        "TLS13-1-2-Ext1-2021-06",
        "TLS13-1-2-Ext2-2021-06",
        "TLS13-1-2-Res-FIPS-2023-04",
        "TLS13-1-2-Ext0-FIPS-2023-04",
        "TLS13-1-2-Res-PQ-2025-09",
        "TLS13-1-2-Ext2-FIPS-PQ-2025-09",
        "TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07",
        "TLS-1-2-2017-01",
        "TLS-1-2-Ext-2018-06",
        "FS-1-2-2019-08",
        "FS-1-2-Res-2020-10",
    ],
)
def test_policies_from_tls_1_2_on(policy: str) -> None:
    assert minimum_version(f"ELBSecurityPolicy-{policy}") is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "policy",
    ["2021-06", "FIPS-2023-04", "PQ-2025-09", "FIPS-PQ-2025-09", "RFC9151-FIPS-2023-07"],
)
def test_policies_of_tls_1_3_alone(policy: str) -> None:
    assert minimum_version(f"ELBSecurityPolicy-TLS13-1-3-{policy}") is ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize(
    "policy",
    [
        DEFAULT_POLICY,
        "ELBSecurityPolicy-TLS13-1-1-2021-06",
        "ELBSecurityPolicy-TLS13-1-0-2021-06",
        "ELBSecurityPolicy-TLS-1-1-2017-01",
        "ELBSecurityPolicy-FS-2018-06",
        "ELBSecurityPolicy-FS-1-1-2019-08",
        "ELBSecurityPolicy-TLS13-1-2",
        "",
    ],
)
def test_older_policies_are_refused(policy: str) -> None:
    with pytest.raises(UnsupportedPolicyError, match="ELBSecurityPolicy-TLS13-1-2-2021-06"):
        minimum_version(policy)
