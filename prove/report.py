"""What a run comes to: for people, for machines as JSON, for docs/proof/unproven.md."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prove.leftovers import Leftover
from prove.verdict import PROOFS, Outcome, Verdict

_WIDTH = 80
_COLUMNS = f"{'row':>4}  {'proof':<27}{'verdict':<14}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """A run, from its beginning to its end.

    Attributes
    ----------
    verdicts
        Of every proof, by its name.
    scenes
        How each scene went: ``played``, or why it ended early.
    left
        What could not be taken away.
    cleaned
        Whether cleaning up came to its end.
    stopped
        Why the run ended early, or None.
    """

    account: str
    region: str
    started_at: datetime
    duration: timedelta
    verdicts: Mapping[str, Verdict]
    scenes: Mapping[str, str]
    left: Sequence[Leftover]
    cleaned: bool
    stopped: str | None = None

    @property
    def rows(self) -> Iterator[tuple[int, str, Verdict]]:
        """Every row that a proof names, in order: number, proof, verdict."""
        found = [
            (row, name, verdict)
            for name, verdict in self.verdicts.items()
            for row in PROOFS[name].rows
        ]
        return iter(sorted(found, key=lambda each: each[0]))

    @property
    def passed(self) -> bool:
        """Whether nothing contradicts the page, no scene failed, and nothing is left."""
        return (
            self.cleaned
            and all(each.expected for each in self.left)
            and self.stopped is None
            and all(how == "played" for how in self.scenes.values())
            and not any(v.outcome is Outcome.DOES_NOT_HOLD for v in self.verdicts.values())
        )

    def tried(self) -> dict[int, str]:
        """Give the last column of docs/proof/unproven.md, for each row that was tried."""
        when = f"{self.started_at:%Y-%m-%d}, {self.region}"
        return {
            row: f"{when}: {verdict.outcome}: {verdict.evidence}"
            for row, _, verdict in self.rows
            if verdict.outcome is not Outcome.NOT_TRIED
        }

    def lines(self) -> Iterator[str]:
        """Yield the table."""
        yield _COLUMNS + "evidence"
        indent = " " * len(_COLUMNS)
        for row, name, verdict in self.rows:
            evidence = textwrap.wrap(
                verdict.evidence, _WIDTH - len(_COLUMNS), break_on_hyphens=False
            ) or [""]
            yield f"{row:>4}  {name:<27}{verdict.outcome:<14}{evidence[0]}".rstrip()
            yield from (indent + line for line in evidence[1:])
        counts = [
            f"{sum(v.outcome is outcome for _, _, v in self.rows)} {outcome}" for outcome in Outcome
        ]
        yield ""
        yield f"{', '.join(counts)}, in {round(self.duration.total_seconds() / 60)} minutes."
        for name, how in self.scenes.items():
            if how != "played":
                yield from textwrap.wrap(f"{name}: {how}", _WIDTH, subsequent_indent="  ")

    def as_json(self) -> dict[str, Any]:
        """Give the content of ``report.json``; docs/proof/prove.md describes it."""
        texts = self.tried()
        return {
            "account": self.account,
            "region": self.region,
            "started_at": self.started_at.isoformat(),
            "duration_s": round(self.duration.total_seconds(), 1),
            "stopped": self.stopped,
            "scenes": [{"name": name, "ended": how} for name, how in self.scenes.items()],
            "rows": [
                {
                    "row": row,
                    "proof": name,
                    "verdict": str(verdict.outcome),
                    "evidence": verdict.evidence,
                    "text": texts.get(row),
                }
                for row, name, verdict in self.rows
            ],
            "cleaned": self.cleaned,
            "left": [
                {"what": each.what, "command": each.command, "expected": each.expected}
                for each in self.left
            ],
        }

    def write(self, file: Path) -> None:
        """Write ``report.json``, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")
        unfinished.replace(file)
