"""Which TLS a listener's security policy admits.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
"""

from __future__ import annotations

import re
import ssl

DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
"""What a listener has that names none, unless it was made in the console."""

# The name says the oldest version: ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04. FS-1-2 and
# TLS-1-2 are from before TLS 1.3.
_POLICY = re.compile(
    r"ELBSecurityPolicy-(?:TLS13|TLS|FS)-1-(?P<minor>[23])(?:-[A-Za-z0-9]+)*-\d{4}-\d{2}"
)


class UnsupportedPolicyError(Exception):
    """A security policy admits what this AWS does not speak; the message is one line."""


def minimum_version(policy: str) -> ssl.TLSVersion:
    """Return the oldest version of TLS that a policy admits.

    Raises
    ------
    UnsupportedPolicyError
        It admits versions before 1.2, or is no policy.
    """
    match = _POLICY.fullmatch(policy)
    if match is None:
        raise UnsupportedPolicyError(
            f"security policy {policy} is none that admits TLS 1.2 and later only: "
            "name another as the listener's SslPolicy, as ELBSecurityPolicy-TLS13-1-2-2021-06"
        )
    return ssl.TLSVersion.TLSv1_3 if match["minor"] == "3" else ssl.TLSVersion.TLSv1_2
