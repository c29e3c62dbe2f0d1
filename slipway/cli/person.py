"""Who sits in front of the command line."""

from __future__ import annotations

import getpass


def who() -> str:
    """Return the name that the system knows somebody by."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a user without a name.
        return "nobody known"
