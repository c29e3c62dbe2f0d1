"""The pipeline that releases everything: what ``slipway.yaml`` and the environments say of it."""

import datetime
from typing import Literal

from pydantic import Field

from slipway.settings.model import ExactlyOne, Model, Name, Text
from slipway.settings.office_hours import OfficeHours

Severity = Literal["none", "informational", "low", "medium", "high", "critical"]


class Images(Model):
    """How images are built, and what a new one must prove before anything runs it."""

    allowed_findings: Severity = "medium"
    """The worst finding that a new image may have."""
    scanning: Literal["basic", "enhanced"] = "basic"
    """Amazon ECR's own scan on push, or Amazon Inspector's, which goes on (for the registry)."""
    signing: bool = False
    """Whether Amazon ECR signs what is pushed, with AWS Signer (a rule of the registry)."""
    base_image_cache: bool = False
    """Whether base images come through a pull-through cache of the registry."""


class Paths(Model):
    """Which files of a commit start the pipeline: glob patterns."""

    include: tuple[Text, ...] = ()
    """Only commits that touch one of these; all, if nothing is said."""
    exclude: tuple[Text, ...] = ()
    """Not for commits that touch nothing else."""


class Recipients(Model):
    """Who hears of what the pipeline does."""

    email: tuple[str, ...] = ()
    """E-mail addresses; AWS asks each to confirm before it sends anything else."""


class Host(ExactlyOne):
    """Who hosts the repository: a provider, or a connection that stands already."""

    provider: Literal["github", "gitlab", "bitbucket"] | None = None
    """The Toolchain makes a connection, and a person completes it once in the console."""
    connection: str | None = None
    """The ARN of a connection that stands already, in the tooling account."""


class Pipeline(Model):
    """The pipeline, as ``slipway.yaml`` describes it."""

    host: Host
    """Who hosts the repository."""
    repository: str
    """The repository, as owner/name."""
    branch: Text = "main"
    """The branch that is released."""
    paths: Paths = Paths()
    """Which files of a commit start the pipeline."""
    executions: Literal["queued", "superseded"] = "queued"
    """Whether each commit goes all the way, or a newer one overtakes those that wait."""
    notifications: Recipients = Recipients()
    """Who hears of failures and of approvals that are asked for."""


class Window(OfficeHours):
    """When releases may begin; outside of it they are refused."""


class Freeze(Model):
    """A time without releases."""

    start: datetime.date
    """The first day of it."""
    end: datetime.date
    """The last day of it."""
    because: Text
    """Why: whoever is refused reads it."""


class Place(Model):
    """The place of an environment in the pipeline."""

    after: tuple[Name, ...] = Field()
    """The environments that must have gone well first; [] for the first one."""
    rollback: Literal["automatic", "by-hand"] = "automatic"
    """What happens when a check after a release fails."""
    window: Window | None = None
    """When releases may begin, where that isn't always."""
    freezes: tuple[Freeze, ...] = ()
    """Times without releases, dates in the time zone of the window, or UTC."""
