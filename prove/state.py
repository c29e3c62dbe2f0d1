"""What a run notes before it makes anything: enough to take it all away after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from prove.errors import ProveError

RESUME = "make prove-aws ARGS=--clean-up"


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a run is, and under which names.

    Attributes
    ----------
    account, region
        Where.
    prefix
        What names begin with: ``slipway-prove``.
    stacks
        The names of all stacks, in the order in which they can be deleted.
    directory
        Where its assemblies and logs are.
    trunking
        The account's setting ``awsvpcTrunking`` before the run.
    """

    account: str
    region: str
    prefix: str
    stacks: tuple[str, ...]
    directory: str
    trunking: str

    def write(self, file: Path) -> None:
        """Keep it, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        unfinished.replace(file)

    @classmethod
    def read(cls, file: Path) -> State | None:
        """Return what an earlier run noted, or None if it was cleaned up.

        Raises
        ------
        ProveError
            The file is not one that a run wrote.
        """
        if not file.exists():
            return None
        try:
            document = json.loads(file.read_text())
            return cls(**{**document, "stacks": tuple(document["stacks"])})
        except (ValueError, TypeError, KeyError) as error:
            raise ProveError(
                f"{file}: not readable ({error}): delete by hand what has the tag "
                "slipway:environment=prove, then this file"
            ) from error


def trunking(client: Callable[[str], object]) -> str:
    """Return the account's setting ``awsvpcTrunking``, which the Cluster stack switches on.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListAccountSettings.html
    """
    settings = client("ecs").list_account_settings(  # type: ignore[attr-defined]
        name="awsvpcTrunking", effectiveSettings=True
    )["settings"]
    return str(settings[0]["value"]) if settings else "disabled"
