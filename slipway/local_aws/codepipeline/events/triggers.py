"""Triggers: a push to a repository starts the pipelines that ask for it.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-triggers.html
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from slipway.local_aws.codepipeline.action import ActionDeclaration, ActionType
from slipway.local_aws.codepipeline.definition.globs import matches
from slipway.local_aws.codepipeline.definition.model import Definition
from slipway.local_aws.codepipeline.events.git import BRANCHES, TAGS, GitError, Repository
from slipway.local_aws.connections import AVAILABLE
from slipway.local_aws.connections import service as connections
from slipway.local_aws.machine import Machine

logger = logging.getLogger("slipway.local_aws.codepipeline")

_SOURCE = ActionType("Source", "CodeStarSourceConnection")
_INTERVAL_SECONDS = 0.5


@dataclass(frozen=True)
class Push:
    """A branch or a tag that leads to another commit now."""

    reference: str
    """Its full name: ``refs/heads/…`` or ``refs/tags/…``."""
    commit: str
    is_new: bool
    changed_files: Callable[[], Sequence[str]]


@dataclass(frozen=True)
class Criteria:
    """Names or paths that are included and excluded; what is excluded wins."""

    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, said: Mapping[str, Any] | None) -> Criteria | None:
        """Read what a filter says of branches, tags or file paths."""
        if not said:
            return None
        return cls(tuple(said.get("includes") or ()), tuple(said.get("excludes") or ()))

    def admit(self, text: str) -> bool:
        """Tell whether a name or path passes."""
        included = not self.includes or matches(text, self.includes)
        return included and not matches(text, self.excludes)


@dataclass(frozen=True)
class PushFilter:
    """One filter of a trigger: all that it says has to be true of a push.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
    """

    branches: Criteria | None = None
    tags: Criteria | None = None
    file_paths: Criteria | None = None

    @classmethod
    def parse(cls, said: Mapping[str, Any]) -> PushFilter:
        """Read an element of ``push``."""
        return cls(*(Criteria.parse(said.get(it)) for it in ("branches", "tags", "filePaths")))

    def admits(self, push: Push) -> bool:
        """Tell whether a push starts the pipeline.

        A push of several files passes if one of them does. One that makes a branch has nothing to
        compare its files with, and passes no filter of file paths.
        """
        if push.reference.startswith(TAGS):
            return bool(self.tags) and _admit(self.tags, push.reference.removeprefix(TAGS))
        if self.branches is None or not self.branches.admit(push.reference.removeprefix(BRANCHES)):
            return False
        if self.file_paths is None:
            return True
        return not push.is_new and any(map(self.file_paths.admit, push.changed_files()))


def _admit(criteria: Criteria | None, text: str) -> bool:
    return criteria is not None and criteria.admit(text)


@dataclass(frozen=True)
class Pushed:
    """What starts an execution."""

    account: str
    region: str
    pipeline: str
    source_action: str
    commit: str
    type: str
    """``WebhookV2`` of a trigger, ``Webhook`` of a source action that detects changes itself."""
    detail: str
    """The connection's ARN. Undocumented: our reading."""


@dataclass
class _Watched:
    """A source action whose repository is watched."""

    source: ActionDeclaration
    repository: Repository
    filters: tuple[PushFilter, ...]
    type: str
    seen: Mapping[str, str] = field(default_factory=dict)

    @property
    def connection(self) -> str:
        return self.source.configuration["ConnectionArn"]

    def pushes(self) -> Iterator[Push]:
        """Return what has been pushed since this was asked before."""
        before, self.seen = self.seen, self.repository.references()
        for reference, commit in self.seen.items():
            old = before.get(reference)
            if old != commit:
                yield Push(
                    reference,
                    commit,
                    old is None,
                    partial(self.repository.changed_files, old or "", commit),
                )


class Triggers:
    """Watches repositories by looking at them twice a second; without pipelines at nothing.

    Two pushes to a branch within half a second are one.

    Parameters
    ----------
    start
        Starts an execution; it is called from a thread of its own.
    """

    def __init__(self, machine: Machine, start: Callable[[Pushed], None]) -> None:
        self._machine = machine
        self._start = start
        self._watched: dict[tuple[str, str, str], list[_Watched]] = {}
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None

    def follow(self, account: str, region: str, definition: Definition) -> None:
        """Watch what a pipeline's triggers name, from now on; of an updated one, on."""
        key = (account, region, definition.name)
        with self._lock:
            before = {item.source.name: item for item in self._watched.get(key, ())}
            watched = list(self._watched_by(definition))
            for item in watched:
                known = before.get(item.source.name)
                if known and known.repository == item.repository:
                    item.seen = known.seen
                else:
                    item.seen = _references(item.repository)
            self._watched.pop(key, None)
            if watched:
                self._watched[key] = watched
                self._start_watching()

    def forget(self, account: str, region: str, pipeline: str) -> None:
        """Watch no more for a pipeline."""
        with self._lock:
            self._watched.pop((account, region, pipeline), None)

    def _watched_by(self, definition: Definition) -> Iterator[_Watched]:
        said = {
            trigger["gitConfiguration"]["sourceActionName"]: trigger["gitConfiguration"]
            for trigger in definition.triggers
        }
        for source in definition.stages[0].actions:
            directory = self._machine.repositories.get(
                source.configuration.get("FullRepositoryId", "")
            )
            if source.type != _SOURCE or directory is None:
                continue
            trigger = said.get(source.name)
            detects = source.configuration.get("DetectChanges", "true").lower() == "true"
            if trigger is None and not detects:
                continue
            # Without a filter it is the source action's own branch.
            own_branch = PushFilter(branches=Criteria((_literal(source),)))
            filters = tuple(map(PushFilter.parse, (trigger or {}).get("push") or ()))
            kind = "Webhook" if trigger is None else "WebhookV2"
            yield _Watched(source, Repository(directory), filters or (own_branch,), kind)

    def _start_watching(self) -> None:
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="triggers", daemon=True)
            self._watcher.start()

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(_INTERVAL_SECONDS):
            with self._lock:
                if not self._watched:
                    self._watcher = None
                    return
                pushed = [
                    push
                    for (account, region, pipeline), watched in self._watched.items()
                    for item in watched
                    for push in self._pushed(account, region, pipeline, item)
                ]
            self._start_all(pushed)

    def _pushed(
        self, account: str, region: str, pipeline: str, watched: _Watched
    ) -> Iterable[Pushed]:
        try:
            pushes = list(watched.pushes())
            admitted = [it for it in pushes if any(one.admits(it) for one in watched.filters)]
        except GitError as error:
            logger.warning("the repository of %s can't be watched: %s", pipeline, error)
            return []
        connection = connections(self._machine).find(watched.connection)
        if connection is None or connection.status != AVAILABLE:
            return []
        return [
            Pushed(
                account,
                region,
                pipeline,
                watched.source.name,
                push.commit,
                watched.type,
                connection.arn,
            )
            for push in admitted
        ]

    def _start_all(self, pushed: Iterable[Pushed]) -> None:
        for push in pushed:
            try:
                self._start(push)
            except Exception:
                logger.exception("the push to %s starts nothing", push.pipeline)


def _references(repository: Repository) -> Mapping[str, str]:
    try:
        return repository.references()
    except GitError:
        return {}


def _literal(source: ActionDeclaration) -> str:
    """Return the pattern that matches the source action's branch alone."""
    return re.sub(r"[*?\[\]{}\\]", r"\\\g<0>", source.configuration["BranchName"])
