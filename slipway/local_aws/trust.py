"""The certificate authority of this AWS, and whom its processes trust."""

from __future__ import annotations

import functools
import ssl
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import botocore

from slipway.local_aws.machine import Machine

if TYPE_CHECKING:
    import trustme

__all__ = ["CertificateAuthority", "certificate_authority"]


@functools.cache
def certificate_authority(machine: Machine) -> CertificateAuthority:
    """Return the one certificate authority of a machine."""
    return CertificateAuthority()


class CertificateAuthority:
    """Issues certificates; it comes into being with the first of them, since most need none.

    Its key never leaves this process.
    """

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="trust-"))
        self.certificate = folder / "certificate-authority.pem"
        """Its own certificate: the file is there from the first certificate that it issued."""
        self._bundle = folder / "trusted-certificates.pem"
        self._roots = _roots()
        self._authority: trustme.CA | None = None
        self._lock = threading.Lock()
        _write(self._bundle, self._roots)

    @property
    def variables(self) -> dict[str, str]:
        """What makes a process trust it, beside everybody whom this machine trusts.

        Programs that use OpenSSL read the first (Python, curl, Ruby; Go as well), requests and
        botocore the second.
        """
        return {name: str(self._bundle) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")}

    def issue(self, *names: str) -> trustme.LeafCert:
        """Issue a certificate for domain names or addresses; the first name is its common name.

        Raises
        ------
        ValueError
            A name is none.
        """
        return self._made().issue_cert(*names, common_name=names[0])

    def _made(self) -> trustme.CA:
        with self._lock:
            if self._authority is None:
                import trustme

                self._authority = trustme.CA(organization_name="local AWS")
                own = self._authority.cert_pem.bytes()
                _write(self._bundle, self._roots + b"\n" + own)
                _write(self.certificate, own)
            return self._authority


def _roots() -> bytes:
    """Return the certificates that this machine trusts, else those that botocore brings."""
    of_machine = ssl.get_default_verify_paths().cafile
    return Path(of_machine or Path(botocore.__file__).with_name("cacert.pem")).read_bytes()


def _write(file: Path, content: bytes) -> None:
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(file)
