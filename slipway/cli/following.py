"""Following a deployment: what changes is told, how it stands is shown, and a report is left."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from slipway.cli.interruption import StoppedError, say, stoppable
from slipway.cli.live_view import Moment
from slipway.cli.options import LOCAL
from slipway.cli.screen import Screen, opened
from slipway.cli.status import traffic
from slipway.release import (
    Aws,
    Deployment,
    DeploymentRecord,
    Instruments,
    Kind,
    Progress,
    Target,
    Until,
    View,
    Vitals,
    glance,
    has_passed,
    readable,
    result,
    status,
    watch,
)
from slipway.report import Outcome, Recorder, publish

REPORTS = Path("build/releases")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often is looked, and how long the intervals of the metrics are."""

    look: timedelta
    metrics: timedelta


ON_AWS = Pace(look=timedelta(seconds=5), metrics=timedelta(minutes=1))
REHEARSED = Pace(look=timedelta(seconds=1), metrics=timedelta(seconds=5))
"""A rehearsal's waits are short, and its load balancers publish metrics twice a second."""


@dataclass(frozen=True, kw_only=True)
class Follower:
    """Somebody who follows releases in an environment."""

    aws: Aws
    environment: str
    pace: Pace
    reports: Path
    """The folder for the reports."""
    plain: bool = False
    """Whether lines are wanted where a terminal could show more."""

    @classmethod
    def of(cls, aws: Aws, root: Path, environment: str, *, plain: bool = False) -> Self:
        """Follow in an environment of the application in a folder."""
        return cls(
            aws=aws,
            environment=environment,
            pace=REHEARSED if environment == LOCAL else ON_AWS,
            reports=root / REPORTS,
            plain=plain,
        )

    def follow(
        self,
        deployment: Deployment,
        *,
        until: Until = Until.FINISHED,
        answer: Callable[[str], None] = print,
    ) -> int:
        """Tell every change of a deployment, and return 0 if its revision is live at the end.

        `answer` is given the id of the deployment that went well.
        """
        with self._recorded(deployment) as record:
            if exit_code := self._tell(deployment, record, until):
                return exit_code
            ended = result(self.aws, deployment)
            record.ended = ended
            if ended.status in {"Failed", "Stopped"}:
                say(_ending(deployment.target, ended, record.reasons))
                return 1
            answer(deployment.id)
            return 0

    def follow_to_the_way_back(self, deployment: Deployment) -> int:
        """Follow what was stopped and what brings blue back, and say what is live then."""
        with self._recorded(deployment) as record:
            exit_code = self._tell(deployment, record)
            record.ended = ended = result(self.aws, deployment)
            if not exit_code and ended.rollback_id:
                exit_code = self._tell(replace(deployment, id=ended.rollback_id), record)
        if exit_code:
            return exit_code
        if ended.status == "Succeeded":
            say(
                f"{deployment.id} was over before it could be stopped: see "
                f"{deployment.target.command('status')}"
            )
            return 1
        current = status(self.aws, deployment.target)
        live = current.live.revision.rsplit("/", 1)[-1] if current.live else "nothing"
        shares = "; ".join(traffic(current))
        say(f"Live is {live}; traffic: {shares or 'no rule forwards any'}")
        return 0

    def _tell(self, deployment: Deployment, record: _Record, until: Until = Until.FINISHED) -> int:
        """Tell every change of a deployment; return an exit code if a signal stops us."""
        service = deployment.target.service
        say(f"Deployment {deployment.id} of {service}, {record.revision}")
        try:
            with (
                stoppable(),
                _read_by_itself(record.instruments, self.pace.look) as gauges,
                opened(plain=self.plain) as screen,
            ):
                changes = _Changes(deployment.target, screen, record)

                def seen(view: View) -> None:
                    now, vitals = datetime.now(UTC), gauges.latest
                    record.recorder.saw(deployment.id, view, vitals, now)
                    screen.show(
                        Moment(
                            service=service,
                            environment=self.environment,
                            deployment_id=deployment.id,
                            revision=record.revision,
                            view=view,
                            vitals=vitals,
                            now=now,
                        )
                    )

                for progress in watch(
                    self.aws, deployment, until=until, interval=self.pace.look, seen=seen
                ):
                    changes.tell(progress)
        except StoppedError as stopped:
            say(f"\n{goes_on(deployment)}")
            return stopped.exit_code
        return 0

    @contextmanager
    def _recorded(self, deployment: Deployment) -> Iterator[_Record]:
        """Leave a report of what was seen, whatever ended the following."""
        revision = deployment.target.revision.rsplit("/", 1)[-1]
        record = _Record(
            recorder=Recorder(
                service=deployment.target.service,
                environment=self.environment,
                revision=revision,
            ),
            instruments=Instruments(self.aws, deployment.target, period=self.pace.metrics),
            revision=revision,
        )
        try:
            yield record
        finally:
            # Nobody waits for a report who doesn't want to.
            with contextlib.suppress(StoppedError), stoppable():
                self._publish(deployment, record)

    def _publish(self, deployment: Deployment, record: _Record) -> None:
        recorder, ended = record.recorder, record.ended
        if recorder.began is None:
            return
        rollback_id = ended.rollback_id if ended else None
        if rollback_id and not recorder.knows(rollback_id):
            view = glance(self.aws, rollback_id, deployment.target)
            if view is not None:
                recorder.saw(rollback_id, view, None, datetime.now(UTC))
        reason = "; ".join(record.reasons) or (ended.error_message or "" if ended else "")
        report = recorder.report(
            _outcome(ended),
            reason=reason,
            rollback_id=rollback_id,
            requests=record.instruments.history(recorder.began, datetime.now(UTC)),
        )
        try:
            page = publish(report, self.reports)
        except OSError as error:
            say(f"No report could be left in {self.reports}: {error.strerror or error}")
            return
        say(f"Report: {page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page}")


@dataclass(kw_only=True)
class _Record:
    """What is known of a release that is followed."""

    recorder: Recorder
    instruments: Instruments
    revision: str
    reasons: list[str] = field(default_factory=list)
    """What hooks found wrong."""
    ended: DeploymentRecord | None = None
    """None if nobody knows how it ended."""


class _Changes:
    """Tells changes line by line, what repeats itself once."""

    def __init__(self, target: Target, screen: Screen, record: _Record) -> None:
        self._target = target
        self._screen = screen
        self._record = record
        self._ends: set[str] = set()

    def tell(self, progress: Progress) -> None:
        """Tell a change, with what hooks found wrong."""
        message = progress.message
        if progress.kind is Kind.TASK_STOPPED:
            # The tasks' ids differ, their reasons don't.
            reason = message.partition(": ")[2]
            if reason in self._ends:
                return
            self._ends.add(reason)
            message += f" (told once; what it logged: {self._target.command('logs')})"
        wrong = [readable(line) for line in progress.details if not has_passed(line)]
        self._record.reasons += wrong
        for line in (message, *(f"  {each}" for each in wrong)):
            self._record.recorder.told(progress.time, line)
            self._screen.tell(f"{progress.time.astimezone():%H:%M:%S}  {line}")


class _Gauges:
    """Has the vitals read by a thread of its own: no call of theirs may hold up the telling."""

    def __init__(self, instruments: Instruments, every: timedelta) -> None:
        self.latest: Vitals | None = None
        self._instruments = instruments
        self._every = every.total_seconds()
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            self.latest = self._instruments.read()
            self._over.wait(self._every)

    def end(self) -> None:
        self._over.set()


@contextmanager
def _read_by_itself(instruments: Instruments, every: timedelta) -> Iterator[_Gauges]:
    gauges = _Gauges(instruments, every)
    threading.Thread(target=gauges.run, name="vitals", daemon=True).start()
    try:
        yield gauges
    finally:
        gauges.end()


def goes_on(deployment: Deployment) -> str:
    """Say what becomes of a deployment that nobody follows any more."""
    return (
        f"{deployment.id} goes on without us: follow it with {deployment.target.command('watch')}, "
        f"or end it with {deployment.target.command('stop')}"
    )


def _outcome(ended: DeploymentRecord | None) -> Outcome:
    if ended is None:
        return Outcome.LEFT
    # Who follows to the end of the shift alone sees it InProgress, with all traffic on green.
    return {"Failed": Outcome.FAILED, "Stopped": Outcome.STOPPED}.get(ended.status, Outcome.LIVE)


def _ending(target: Target, ended: DeploymentRecord, reasons: Sequence[str]) -> str:
    """Say how it ended: what the hooks found wrong, or else what CodeDeploy says."""
    said = "; ".join(reasons) or ended.error_message
    why = f": {said}" if said else ""
    stop = "" if why.endswith((".", "!", "?")) else "."
    after = f" The rollback is {ended.rollback_id}." if ended.rollback_id else ""
    return (
        f"{ended.id} {ended.status.lower()}{why}{stop}{after} See {target.command('status')} for "
        "what is live."
    )
