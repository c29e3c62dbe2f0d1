"""Which revision was live before: where a rollback goes."""

from __future__ import annotations

from collections.abc import Mapping
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
                return candidate
    raise RollbackError(
        f"No earlier revision of {target.service} than {short(live)} is known to have been live: "
        "release a mended version, or name the revision to go back to"
    )


def was_live(aws: Aws, target: Target, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a deployment that succeeded had released the same content.

    Parameters
    ----------
    wanted
        An input of RegisterTaskDefinition.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    seen = set()
    for deployment in history.recent(aws, target, ["Succeeded"]):
        if deployment.is_automatic:
            continue
        for revision in (deployment.revision, deployment.notes.replaced):
            if revision is None or revision in seen:
                continue
            seen.add(revision)
            try:
                said = content(aws, revision)
            except AwsError:
                continue
            if not differences(wanted, said):
                return True
    return False
