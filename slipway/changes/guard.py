"""What a change may not take away, unless somebody has said why it may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from slipway.changes.change import Change, Effect, Template
from slipway.changes.compare import changes

MUST_STAY: Mapping[str, str] = {
    "AWS::EC2::VPC": "everything else stands in it",
    "AWS::EC2::Subnet": "tasks run in it",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "clients know its address",
    "AWS::ElasticLoadBalancingV2::Listener": "clients come in through it",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "it may be the one that is live",
    "AWS::ECS::Cluster": "tasks run in it",
    "AWS::ECS::Service": "it is what serves",
    "AWS::CodeDeploy::DeploymentGroup": "it knows which revision to roll back to",
    "AWS::ECR::Repository": "it holds the images that run",
    "AWS::Logs::LogGroup": "it holds what happened",
    "AWS::KMS::Key": "nobody reads again what only it can decrypt",
    "AWS::S3::Bucket": "it holds data",
    "AWS::SecretsManager::Secret": "only AWS knows it",  # pragma: allowlist secret: a type's name
}
"""The types of which nothing may be replaced or removed in passing, and why."""

_STACK = "AWS::CloudFormation::Stack"
_REFUSED = "CloudFormation refuses it wherever the stack is deployed"
_TAKES_AWAY = {Effect.REPLACE, Effect.REMOVE, Effect.MAY_REPLACE}


def takes_away(change: Change) -> bool:
    """Whether a change takes away what must stay, or might; or is refused, whatever it is about."""
    if change.effect is Effect.REFUSE:
        return True
    return change.type in MUST_STAY and change.effect in _TAKES_AWAY and not change.is_new


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """That somebody wants a replacement, and why."""

    stack: str
    """The stack's name; ``*`` stands for any characters, for one change in each environment."""
    resource: str
    """The logical id; ``*`` for a stack that is gone as a whole."""
    because: str
    recorded: str | None = None
    """The day when the change was recorded. From then on it is history, and excuses nothing."""

    def is_about(self, stack: str, change: Change) -> bool:
        """Tell whether it excuses this change of this stack."""
        is_named = fnmatchcase(stack, self.stack) and self.resource == change.logical_id
        return is_named and not self.recorded


@dataclass(frozen=True)
class Verdict:
    """What the guard says of a set of changes."""

    open: tuple[tuple[str, Change], ...]
    """What nobody has acknowledged: the stack's name, and the change."""
    stale: tuple[Acknowledgement, ...]
    """What excuses nothing, and is not history either."""
    used: tuple[Acknowledgement, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each mistake, for people."""
        return (
            *(f"{stack}: {_told(change)}" for stack, change in self.open),
            *(
                f"the acknowledgement of {each.resource} in {each.stack} excuses nothing: remove it"
                for each in self.stale
            ),
        )


def judge(
    before: Mapping[str, Template],
    after: Mapping[str, Template],
    acknowledgements: Iterable[Acknowledgement],
) -> Verdict:
    """Find what changes would take away, and whether it is acknowledged.

    Parameters
    ----------
    before, after
        Templates by the names of their stacks. Of a stack that is gone, everything is.
    acknowledgements
        What somebody has said.
    """
    taken = [
        (stack, change)
        for stack, template in before.items()
        for change in _taken(template, after.get(stack))
    ]
    said = tuple(acknowledgements)
    used = tuple(each for each in said if any(each.is_about(*found) for found in taken))
    return Verdict(
        open=tuple(found for found in taken if not any(each.is_about(*found) for each in said)),
        stale=tuple(each for each in said if each not in used and not each.recorded),
        used=used,
    )


def _taken(before: Template, after: Template | None) -> Iterator[Change]:
    """Find what is taken away, without what only follows from that."""
    found = {each.logical_id: each for each in changes(before, after or {}) if takes_away(each)}
    if after is None and found:
        path = f"the whole stack, with {len(found)} resources that must stay"
        yield Change(logical_id="*", type=_STACK, path=path, effect=Effect.REMOVE)
        return
    for change in found.values():
        if not any(cause in found for cause in change.follows):
            yield change


def _told(change: Change) -> str:
    what = f"{change.effect.value} {change.path}"
    if change.type == _STACK:
        return f'{what} (acknowledged as "*")'
    which = ", ".join([change.type, *change.properties])
    return f"{what} ({which}): {MUST_STAY.get(change.type, _REFUSED)}"
