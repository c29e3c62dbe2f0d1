"""Which revision was live before: where a rollback goes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.release import history
from slipway.release.aws import Aws
from slipway.release.content import content, differences
from slipway.release.errors import AwsError, RollbackError
from slipway.release.target import Target, short


@dataclass
class _PassedOver:
    """Revisions that a rollback doesn't go to, nor to any other that says the same."""

    aws: Aws
    names: set[str] = field(default_factory=set)
    _contents: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)

    def __contains__(self, revision: str) -> bool:
        if revision in self.names:
            return True
        said = self._content(revision)
        return said is not None and any(
            other is not None and not differences(said, other)
            for other in map(self._content, sorted(self.names))
        )

    def _content(self, revision: str) -> Mapping[str, Any] | None:
        """Read what a revision says; nothing, where it was deleted meanwhile."""
        if revision not in self._contents:
            try:
                self._contents[revision] = content(self.aws, revision)
            except AwsError:
                self._contents[revision] = None
        return self._contents[revision]


def revision_before(aws: Aws, target: Target, live: str) -> str:
    """Find the revision that was live before the one that is live now.

    It goes back through the deployments that succeeded. A revision that a rollback took out is
    passed over: rolling back twice goes further back, never to the bad revision. So is a copy: a
    pipeline registers the same content again.

    Parameters
    ----------
    live
        The revision that serves production traffic: ARN or ``family:revision``.

    Returns
    -------
    str
        ``family:revision``.

    Raises
    ------
    RollbackError
        When no deployment says what was live before.
    AwsError
        When AWS refuses or can't be reached.
    """
    for earlier in _earlier(aws, target, live):
        return earlier
    raise RollbackError(
        f"No earlier revision of {target.service} than {short(live)} is known to have been live: "
        "release a mended version, or name the revision to go back to"
    )


def goes_back(aws: Aws, target: Target, live: str, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a release would bring back what was live before what is live now.

    To release again what a rollback has taken out is no way back.

    Parameters
    ----------
    live
        The revision that serves production traffic: ARN or ``family:revision``.
    wanted
        What would be released: an input of RegisterTaskDefinition.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    try:
        for earlier in _earlier(aws, target, live):
            with contextlib.suppress(AwsError):
                if not differences(wanted, content(aws, earlier)):
                    return True
    except RollbackError:
        # Further back nobody can tell.
        return False
    return False


def _earlier(aws: Aws, target: Target, live: str) -> Iterator[str]:
    """Yield what was live before and can be gone back to, the latest first."""
    passed_over = _PassedOver(aws, {short(live)})
    for deployment in history.recent(aws, target, ["Succeeded"]):
        # CodeDeploy's own rollback brings back what was live all along, and names as its revision
        # whatever it likes: the one that it took out, in what has been seen.
        if deployment.is_automatic:
            continue
        replaced = deployment.notes.replaced
        if deployment.is_rollback and replaced:
            passed_over.names.add(replaced)
        if deployment.revision is None:
            raise RollbackError(
                f"The deployment {deployment.id} of {target.service} does not say which revision "
                "it released: name the revision to go back to"
            )
        for candidate in (deployment.revision, replaced):
            if candidate and candidate not in passed_over:
                yield candidate
