"""What an engine remembers from one command to the next: images by their names, and logins."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.oci import Blobs

Login = tuple[str, str]
"""User and password."""


class Store:
    """A folder with images and logins; it is made when there is something to keep.

    Parameters
    ----------
    folder
        Readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep_image(self, reference: str, blobs: Blobs) -> None:
        """Keep an image under a name, ``registry/repository:tag``; the name may have had another.

        Builds run at the same time, each with a name of its own.
        """
        place = self._image(reference)
        place.mkdir(parents=True, exist_ok=True)
        for field in fields(blobs):
            (place / field.name).write_bytes(getattr(blobs, field.name))

    def image(self, reference: str) -> Blobs:
        """Return the image with a name.

        Raises
        ------
        RehearsalError
            None was built under it.
        """
        place = self._image(reference)
        try:
            return Blobs(
                **{field.name: (place / field.name).read_bytes() for field in fields(Blobs)}
            )
        except FileNotFoundError:
            raise RehearsalError(f"{reference}: no such image: build it first") from None

    def keep_login(self, registry: str, login: Login) -> None:
        """Remember who we are to a registry."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._login(registry).write_text(json.dumps(login))

    def login(self, registry: str) -> Login:
        """Return who we are to a registry.

        Raises
        ------
        RehearsalError
            Nobody: there was no login, or a logout since.
        """
        try:
            user, password = json.loads(self._login(registry).read_text())
        except FileNotFoundError:
            raise RehearsalError(f"{registry}: no basic auth credentials: log in first") from None
        return user, password

    def forget_login(self, registry: str) -> None:
        """Be nobody to a registry from now on."""
        self._login(registry).unlink(missing_ok=True)

    def _image(self, reference: str) -> Path:
        return self._folder / f"image-{_name(reference)}"

    def _login(self, registry: str) -> Path:
        return self._folder / f"login-{_name(registry)}.json"


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
