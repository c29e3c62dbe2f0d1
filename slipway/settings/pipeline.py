"""The pipeline that releases everything: what ``slipway.yaml`` and the environments say of it."""

import re
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.hours import Hours
from slipway.settings.image_reference import require_digest
from slipway.settings.model import ExactlyOne, Model, Name, Text, refuse_repeats
from slipway.settings.notifications import Notifications
from slipway.settings.units import Date

Severity = Literal["none", "informational", "low", "medium", "high", "critical"]

# The service had another name when it was younger, and ARNs with either are in use.
# https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
CONNECTION = re.compile(
    "arn:aws[a-z-]*:(codeconnections|codestar-connections):(?P<region>[a-z0-9-]+):"
    "(?P<account>[0-9]{12}):connection/[A-Za-z0-9-]+"
)

_REPOSITORY = re.compile(r"[A-Za-z0-9_][\w.-]*(/(?!\.{1,2}(/|$))[\w.][\w.-]*)+", re.ASCII)

# What no name of a branch may hold.
# https://git-scm.com/docs/git-check-ref-format
_NO_BRANCH = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/]|(^|/)\.|\.lock(/|$)|[/.]$|^@$|^refs/"
    # CodePipeline takes it for a pattern, and these have a meaning in one.
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
    r"|[{}]"
)
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GitFilePathFilterCriteria.html
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GitBranchFilterCriteria.html
_LONGEST_PATTERN = 255
_MOST_PATTERNS = 8


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
    collector: str | None = None
    """The image of the AWS Distro for OpenTelemetry's collector, by digest, for services with
    `tracing`."""

    @field_validator("collector")
    @classmethod
    def _by_digest(cls, collector: str | None) -> str | None:
        if collector is not None:
            require_digest(collector)
        return collector


class Paths(Model):
    """Which files of a commit start the pipeline: patterns from the root of the repository.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
    """

    include: tuple[Text, ...] = Field(default=(), max_length=_MOST_PATTERNS)
    """Only commits that touch one of these, such as services/**; all, if nothing is said."""
    exclude: tuple[Text, ...] = Field(default=(), max_length=_MOST_PATTERNS)
    """Not for commits that touch nothing else, such as docs/**."""

    @field_validator("include", "exclude")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for index, pattern in enumerate(patterns):
            if len(pattern) > _LONGEST_PATTERN:
                raise RuleError(
                    f"must be at most {_LONGEST_PATTERN} characters, not {len(pattern)}",
                    at=(index,),
                )
            if pattern.startswith(("/", "./", "../")):
                raise RuleError(
                    "must begin at the repository's root, without a slash or a dot, such as "
                    f"services/**, not {pattern!r:.60}",
                    at=(index,),
                )
        refuse_repeats(patterns)
        return patterns

    @field_validator("exclude")
    @classmethod
    def _not_both(cls, exclude: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for index, pattern in enumerate(exclude):
            if pattern in info.data.get("include", ()):
                raise RuleError("is in include as well; keep one of the two", at=(index,))
        return exclude


class Host(ExactlyOne):
    """Who hosts the repository: a provider, or a connection that stands already."""

    provider: Literal["github", "gitlab", "bitbucket"] | None = None
    """The Toolchain makes a connection, and a person completes it once in the console."""
    connection: str | None = None
    """The ARN of a connection that stands already, in the tooling account."""

    @field_validator("connection")
    @classmethod
    def _a_connection(cls, connection: str | None) -> str | None:
        if connection is not None and not CONNECTION.fullmatch(connection):
            raise RuleError(
                "must be the ARN of a connection, such as arn:aws:codeconnections:<region>:"
                f"<account>:connection/<id>, not {connection!r:.90}"
            )
        return connection


class Pipeline(Model):
    """The pipeline, as ``slipway.yaml`` describes it."""

    host: Host
    """Who hosts the repository."""
    repository: str
    """The repository, as owner/name; on GitLab, a group may be in a group."""
    branch: Text = "main"
    """The branch that is released."""
    paths: Paths = Paths()
    """Which files of a commit start the pipeline."""
    executions: Literal["queued", "superseded"] = "queued"
    """Whether each commit goes all the way, or a newer one overtakes those that wait."""
    notifications: Notifications = Notifications()
    """Who hears of failures and of approvals that are asked for."""

    @field_validator("repository")
    @classmethod
    def _owner_and_name(cls, repository: str, info: ValidationInfo) -> str:
        if not _REPOSITORY.fullmatch(repository) or repository.endswith(".git"):
            raise RuleError(
                "must be owner/name, such as example/shop, without the host and without .git, "
                f"not {repository!r:.90}"
            )
        host = info.data.get("host")
        # A connection that stands already may be to GitLab.
        if host and host.provider in {"github", "bitbucket"} and repository.count("/") > 1:
            raise RuleError(
                f"must be owner/name, such as example/shop, not {repository!r:.90}: groups in "
                "groups are GitLab's alone ({here}host.provider)"
            )
        return repository

    @field_validator("branch")
    @classmethod
    def _one_branch(cls, branch: str) -> str:
        if _NO_BRANCH.search(branch) or len(branch) > _LONGEST_PATTERN:
            raise RuleError(
                f"must be the name of one branch, such as main or release/1.x, not {branch!r:.60}: "
                "git allows no such name, or CodePipeline would take it for a pattern"
            )
        return branch


class Window(Hours):
    """When releases may begin; outside of it they are refused."""


class Freeze(Model):
    """A time without releases."""

    start: Date
    """The first day of it."""
    end: Date
    """The last day of it."""
    because: Text
    """Why: whoever is refused reads it."""

    @field_validator("end")
    @classmethod
    def _not_before_the_start(cls, end: Date, info: ValidationInfo) -> Date:
        start = info.data.get("start")
        if start is not None and end < start:
            raise RuleError(f"must not be earlier than {{here}}start ({end} < {start})")
        return end


class Place(Model):
    """The place of an environment in the pipeline."""

    after: tuple[Name, ...]
    """The environments that must have gone well first; [] for the first one."""
    rollback: Literal["automatic", "by-hand"] = "automatic"
    """What happens when a stage that releases a service fails; the same for all of one wave."""
    window: Window | None = None
    """When releases may begin, where that isn't always."""
    freezes: tuple[Freeze, ...] = ()
    """Times without releases, dates in the time zone of the window, or UTC."""

    @field_validator("after")
    @classmethod
    def _each_once(cls, after: tuple[str, ...]) -> tuple[str, ...]:
        refuse_repeats(after)
        return after
