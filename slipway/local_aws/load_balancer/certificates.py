"""The certificates of ACM as a load balancer presents them."""

from __future__ import annotations

import ssl
import tempfile
from typing import Any

from slipway.local_aws.trust import CertificateAuthority


class UnusableCertificateError(Exception):
    """A certificate can't be presented; the message is one line."""


class Certificates:
    """What is presented for the ARN of a certificate, as of now.

    An imported certificate is presented as it is. For one that ACM issued, the certificate
    authority of this AWS issues one with the same names. A template may also name a certificate
    that its account is known to have and that this AWS never saw: such a one gets, for each
    client, exactly the name that the client asks for.
    """

    def __init__(self, authority: CertificateAuthority) -> None:
        self._authority = authority
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    def context(self, arn: str, asked_for: str) -> ssl.SSLContext:
        """Return the context of a certificate, for a client that asked for a name or address.

        Raises
        ------
        UnusableCertificateError
            The imported certificate and its key are no pair, or nobody can have that name.
        """
        record = _record(arn)
        if record is None:
            return self._issued(asked_for)
        if record["Type"] == "IMPORTED":
            return self._imported(record)
        names = [record["DomainName"], *record.get("SubjectAlternativeNames", ())]
        return self._issued(*dict.fromkeys(names))

    def _imported(self, record: dict[str, Any]) -> ssl.SSLContext:
        key = (record["_pem_body"], record["_pem_chain"], record["_private_key"])
        if key not in self._contexts:
            context = _new_context()
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
                file.write("\n".join(key))
                file.flush()
                try:
                    context.load_cert_chain(file.name)
                except (ssl.SSLError, OSError) as error:
                    raise UnusableCertificateError(
                        f"certificate {record['CertificateArn']} was imported without a key pair "
                        f"that works ({error}): import a certificate in PEM with its private key"
                    ) from error
            self._contexts[key] = context
        return self._contexts[key]

    def _issued(self, *names: str) -> ssl.SSLContext:
        if names not in self._contexts:
            context = _new_context()
            try:
                self._authority.issue(*names).configure_cert(context)
            except ValueError as error:
                raise UnusableCertificateError(
                    f"no certificate can have the names {', '.join(names)}: {error}"
                ) from error
            self._contexts[names] = context
        return self._contexts[names]


def _new_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def _record(arn: str) -> dict[str, Any] | None:
    from ministack.services import acm

    _, _, _, region, account, *_ = [*arn.split(":"), "", "", "", "", ""]
    record: dict[str, Any] | None = acm._certificates.get_scoped(account, region, arn)
    return record
