"""``slipway doctor``: what an account and this machine lack, each with its mend."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from slipway.cli import output
from slipway.cli.account import open_clients
from slipway.cli.assembly import CHECKOUT
from slipway.cli.errors import ExitCode, exit_code
from slipway.cli.interruption import say
from slipway.cli.options import LOCAL
from slipway.cli.usage import UsageError
from slipway.doctor import (
    ACCOUNT_CHECKS,
    TOOLING_CHECKS,
    Diagnosis,
    Finding,
    Patient,
    Verdict,
    look,
    look_at_machine,
)
from slipway.doctor.account import REHEARSED
from slipway.doctor.finding import mend, ok
from slipway.rehearsal import kept
from slipway.rehearsal.errors import RehearsalError
from slipway.release import Clients, ReleaseError, clients_of_account
from slipway.settings import Settings, load

_WIDTH = 80
_LABELS = {Verdict.OK: "ok", Verdict.MEND: "MEND"}
_OPEN = "?"
# The first that was found says how it ends: nobody may rely on what wasn't looked at.
_CODES = {
    Verdict.MEND: ExitCode.FAILED,
    Verdict.NOT_ALLOWED: ExitCode.CREDENTIALS,
    Verdict.NO_ANSWER: ExitCode.UNREACHABLE,
    Verdict.UNKNOWN: ExitCode.FAILED,
}


def doctor(root: Path, environment: str | None, *, tooling: bool, as_json: bool) -> int:
    """Carry out every check, say what was found, and return the exit code.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    UsageError
        It isn't said what to look at, or both are.
    """
    if tooling == (environment is not None):
        raise UsageError("Say what to look at: an environment's name, --local, or --tooling")
    settings = load(root)
    wanted_place = None if environment is None else settings.environment(environment)
    place = wanted_place or settings.application.tooling
    findings = list(_told(look_at_machine(CHECKOUT)))
    code: int = ExitCode.DONE
    try:
        clients = _clients(root, settings, environment)
    except (ReleaseError, RehearsalError) as error:
        code = exit_code(error) or ExitCode.FAILED
        findings += _told(iter([mend("credentials", str(error), "")]))
    else:
        says = f"account {place.account}, {place.region}"
        findings += _told(iter([ok("credentials", says)]))
        patient = Patient(
            settings=settings,
            environment=wanted_place,
            account=place.account,
            region=place.region,
            client=clients,
            digests=_digests(root, environment),
            assemblies=(root / "cdk.out",),
        )
        checks = TOOLING_CHECKS if tooling else ACCOUNT_CHECKS
        wanted = [each for each in checks.items() if environment != LOCAL or each[0] in REHEARSED]
        findings += _told(look(patient, wanted))
        if left_out := [name for name in checks if name not in dict(wanted)]:
            print(f"Not asked of a rehearsal: {', '.join(left_out)}", file=sys.stderr)
    found = Diagnosis(
        environment=environment or "",
        account=place.account,
        region=place.region,
        findings=tuple(findings),
    )
    output.show(found, text=text(found), as_json=as_json)
    return code or next((_CODES[each] for each in _CODES if found.count(each)), ExitCode.DONE)


def text(found: Diagnosis) -> str:
    """Put it as a person reads it: a line for each check, a mend below what needs one."""
    width = max(len(each.check) for each in found.findings)
    lines = [line for each in found.findings for line in _lines(each, width)]
    to_mend = found.count(Verdict.MEND)
    unclear = len(found.findings) - found.count(*_LABELS)
    end = f"{to_mend} to mend" if to_mend else "Nothing to mend"
    if unclear:
        end += f", {unclear} can't be told"
    return "\n".join([*lines, "", f"{end}."])


def _lines(finding: Finding, width: int) -> Iterator[str]:
    label = f"{_LABELS.get(finding.verdict, _OPEN):<4}  {finding.check:<{width}}  "
    indent = " " * len(label)
    yield from textwrap.wrap(
        finding.says,
        max(_WIDTH, len(label) + 40),
        initial_indent=label,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
    # A command stays on one line: it is there to be copied.
    if finding.mend:
        yield f"      -> {finding.mend}"


def _told(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Show on a terminal that it goes on: some answers take seconds."""
    for finding in findings:
        if sys.stderr.isatty():
            print(f"\r\033[K{finding.check} …", end="", file=sys.stderr, flush=True)
        yield finding
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _clients(root: Path, settings: Settings, environment: str | None) -> Clients:
    if environment is not None:
        return open_clients(root, settings, environment)
    tooling = settings.application.tooling
    return clients_of_account(tooling.account, tooling.region, tell=say)


def _digests(root: Path, environment: str | None) -> Path:
    if environment == LOCAL:
        return Path(kept.find(root).workspace).with_name("images.json")
    return root / "build" / "images.json"
