"""Which images a service would get: those of an assembly's templates beside those that are live."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.releases.commit import commit_of, commits, this_commit
from pipeline.releases.place import Place
from slipway.changes import AssemblyError, Template, assembled_stacks
from slipway.release import TargetError
from slipway.release.content import content
from slipway.release.live import primary_task_set

_DIGEST = re.compile("@(sha256:[0-9a-f]{64})")
_SHORT = 12


@dataclass(frozen=True, kw_only=True)
class ImageChange:
    """The image of one container, now and after a release."""

    service: str
    container: str
    before: str | None
    """The digest; None while nothing is live."""
    after: str
    commits: str = ""
    """The range of commits in between, where it is known."""

    @property
    def is_change(self) -> bool:
        """Whether it would be another image."""
        return self.before != self.after

    @property
    def name(self) -> str:
        """The service, and the container where it is called otherwise."""
        return (
            self.service if self.container == self.service else f"{self.service}/{self.container}"
        )

    def __str__(self) -> str:
        """Put it in a line with whole digests."""
        if not self.is_change:
            return f"{self.name}: {self.after} stays"
        between = f" ({self.commits})" if self.commits else ""
        return f"{self.name}: {self.before or 'nothing'} -> {self.after}{between}"

    @property
    def brief(self) -> str:
        """Put it with as much of the digests as tells them apart."""
        before = _shortened(self.before) if self.before else "nothing"
        between = f" ({self.commits})" if self.commits else ""
        return f"{self.name} {before} -> {_shortened(self.after)}{between}"


def image_changes(place: Place, assembly: Path) -> tuple[ImageChange, ...]:
    """Compare the images of every service of an environment.

    Raises
    ------
    AssemblyError
        The assembly can't be read or has no image for a service.
    AwsError
        AWS refuses or can't be reached.
    """
    templates = {each.name: each.template for each in assembled_stacks(assembly)}
    found = []
    for service in place.services:
        stack = place.names.stack(service)
        after = _wanted(templates.get(stack, {}))
        if not after:
            raise AssemblyError(f"{assembly} has no image for {stack}: synthesise it again")
        before, commit = _live(place, service)
        found += [
            ImageChange(
                service=service,
                container=container,
                before=before.get(container),
                after=digest,
                commits=commits(commit, this_commit()),
            )
            for container, digest in after.items()
        ]
    return tuple(found)


def _wanted(template: Template) -> dict[str, str]:
    """Read the digest of each container; registry's addresses may be the result of a function."""
    return {
        container["Name"]: digest.group(1)
        for resource in template.get("Resources", {}).values()
        if resource["Type"] == "AWS::ECS::TaskDefinition"
        for container in resource["Properties"]["ContainerDefinitions"]
        if (digest := _DIGEST.search(json.dumps(container["Image"])))
    }


def _live(place: Place, service: str) -> tuple[Mapping[str, str], str | None]:
    """Read the digest of each container that is live, and the commit that it is from."""
    try:
        primary = primary_task_set(place.aws, place.target(service))
    except TargetError:
        # A service that comes with this deployment.
        return {}, None
    if primary is None:
        return {}, None
    revision = primary["taskDefinition"]
    containers = content(place.aws, revision)["containerDefinitions"]
    digests = {each["name"]: each["image"].rpartition("@")[2] for each in containers}
    return digests, commit_of(place.aws, revision)


def _shortened(digest: str) -> str:
    return digest.removeprefix("sha256:")[:_SHORT]
