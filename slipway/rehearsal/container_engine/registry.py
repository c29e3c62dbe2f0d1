"""A registry on this machine, by the protocol that all registries speak.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping

from slipway.rehearsal.connection import refuse_anything_but_loopback
from slipway.rehearsal.container_engine.store import Login
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.oci import MANIFEST, Blobs, digest_of

_UNAUTHORIZED = 401
_NOT_FOUND = 404


class Registry:
    """A registry, as somebody who may push to it.

    Parameters
    ----------
    host
        With its port. Like other engines, this one does without TLS on its own machine.
    login
        User and password.

    Raises
    ------
    RehearsalError
        The host is another machine.
    """

    def __init__(self, host: str, login: Login) -> None:
        self._address = f"http://{host}"
        refuse_anything_but_loopback(self._address)
        self._host = host
        self._authorization = base64.b64encode(":".join(login).encode()).decode()

    def sign_in(self) -> None:
        """Make sure that the registry knows us.

        Raises
        ------
        RehearsalError
            It doesn't.
        """
        self._ask("GET", "/v2/")

    def push(self, repository: str, tag: str, blobs: Blobs) -> str:
        """Push an image: what it consists of, then the manifest that names it.

        Returns
        -------
        str
            The digest that the registry knows it by.

        Raises
        ------
        RehearsalError
            The registry refuses; the message is the registry's.
        """
        for content in (blobs.config, blobs.layer):
            self._upload(repository, content)
        headers = self._ask(
            "PUT", f"/v2/{repository}/manifests/{tag}", blobs.manifest, kind=MANIFEST
        )
        return headers.get("Docker-Content-Digest", blobs.digest)

    def _upload(self, repository: str, content: bytes) -> None:
        digest = digest_of(content)
        try:
            self._ask("HEAD", f"/v2/{repository}/blobs/{digest}")
        except _NotThereError:
            uploads = self._ask("POST", f"/v2/{repository}/blobs/uploads/")
            place = urllib.parse.urlsplit(uploads["Location"])
            query = urllib.parse.urlencode(
                {**dict(urllib.parse.parse_qsl(place.query)), "digest": digest}
            )
            self._ask("PUT", f"{place.path}?{query}", content, kind="application/octet-stream")

    def _ask(
        self, method: str, path: str, body: bytes | None = None, *, kind: str = ""
    ) -> Mapping[str, str]:
        """Send a request, and return the headers of the answer."""
        request = urllib.request.Request(  # noqa: S310 - http, on this machine
            self._address + path,
            b"" if body is None and method == "POST" else body,
            {
                "Authorization": f"Basic {self._authorization}",
                **({"Content-Type": kind} if kind else {}),
            },
            method=method,
        )
        try:
            with _OPENER.open(request) as answer:
                return dict(answer.headers)
        except urllib.error.HTTPError as error:
            if method == "HEAD" and error.code == _NOT_FOUND:
                raise _NotThereError from None
            if error.code == _UNAUTHORIZED:
                raise RehearsalError(
                    f"{self._host}: {method} {path}: the registry does not know this login"
                ) from None
            raise RehearsalError(f"{self._host}: {_message(error)}") from None
        except urllib.error.URLError as error:
            raise RehearsalError(f"{self._host}: no registry answers ({error.reason})") from None


class _NotThereError(Exception):
    """The registry has no such blob."""


# No proxy: the registry is on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _message(error: urllib.error.HTTPError) -> str:
    """Return what the registry says in its words, or the status."""
    try:
        (first, *_) = json.load(error)["errors"]
        return f"{first['code']}: {first['message']}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP status {error.code}"
