"""What the faults cost: a table for people, ``build/rehearsal/faults.json`` for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from faults.fault import Fault
from faults.scene import Seen

NAME_WIDTH = 42
_COLUMNS = "{name:<42} {end:<9} {serves:<6}{sent:>5}{failed:>7}{seconds:>5}{share:>4}"


@dataclass
class Report:
    """The faults of one run, in the order in which their tests asked for them."""

    file: Path
    rows: list[tuple[Fault, Seen, list[str]]] = field(default_factory=list)

    def add(self, fault: Fault, seen: Seen, discrepancies: list[str]) -> None:
        """Note how a fault ended."""
        self.rows.append((fault, seen, discrepancies))

    def write(self) -> None:
        """Write the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps([_entry(*row) for row in self.rows], indent=2) + "\n")

    def lines(self) -> Iterator[str]:
        """Yield the table; no line is longer than 80 characters."""
        head = {"end": "ends", "serves": "serves", "sent": "sent", "failed": "failed"}
        yield _COLUMNS.format(name="fault", **head, seconds="s", share="%")
        for fault, seen, discrepancies in self.rows:
            requests = seen.requests
            yield _COLUMNS.format(
                name=("! " * bool(discrepancies) + fault.name)[:NAME_WIDTH],
                end=seen.status,
                serves=seen.serves,
                sent=requests.sent,
                failed=requests.failed,
                seconds=f"{requests.seconds:.1f}" if requests.failed else "-",
                share=f"{requests.share:.0%}".rstrip("%") if requests.share else "-",
            )
        sent = sum(seen.requests.sent for _, seen, _ in self.rows)
        failed = sum(seen.requests.failed for _, seen, _ in self.rows)
        wrong = sum(bool(discrepancies) for *_, discrepancies in self.rows)
        yield f"{len(self.rows)} faults, {wrong} with another end than expected; "
        yield f"{failed} of {sent} requests failed. All of it: {self.file.name}"


def _entry(fault: Fault, seen: Seen, discrepancies: list[str]) -> dict[str, object]:
    expected = {**asdict(fault.end), "events": fault.end.events()}
    return {
        "fault": fault.name,
        "pages": fault.pages,
        "our_reading": fault.our_reading or None,
        "expected": expected,
        "seen": asdict(seen),
        "discrepancies": discrepancies,
    }


class Summary:
    """Prints the table at the end of a run of pytest, and writes the file."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def pytest_terminal_summary(self, terminalreporter: object) -> None:
        """Print it, where there is something to tell."""
        if not self._report.rows:
            return
        terminalreporter.section("What the faults cost")
        for line in self._report.lines():
            terminalreporter.write_line(line)
        self._report.write()
