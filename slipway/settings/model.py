"""What all models of settings have in common."""

import re
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from slipway.settings.errors import RuleError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 32


class Model(BaseModel):
    """Settings: frozen, no unknown keys, documented by the docstrings under the fields."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        # A default can break a rule too: the default stop_timeout against a long drain.
        validate_default=True,
    )

    further_keys: ClassVar[tuple[str, ...]] = ()
    """Keys that the file may have and that are taken out of it before it is validated."""


class ExactlyOne(Model):
    """A mapping in which the key is the choice."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "ExactlyOne":
        chosen = self._chosen()
        if len(chosen) != 1:
            choices = ", ".join(type(self).model_fields)
            given = f"it has {' and '.join(chosen)}" if chosen else "it has none"
            raise RuleError(f"must have exactly one of {choices} ({given})")
        return self

    @property
    def kind(self) -> str:
        """The key that was chosen."""
        return self._chosen()[0]

    def _chosen(self) -> list[str]:
        return [key for key in type(self).model_fields if getattr(self, key) is not None]


def validate_name(name: str) -> str:
    """Return the name of an application, an environment or a service.

    Raises
    ------
    RuleError
        If it would not do in the names of stacks, repositories and functions.
    """
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise RuleError(
            f"must be lower-case letters, digits and single hyphens, starting with a letter, "
            f"at most {LONGEST_NAME} characters, not {name!r:.60}"
        )
    return name


def refuse_repeats(values: tuple[str, ...]) -> None:
    """Make sure that a list has nothing twice.

    Raises
    ------
    RuleError
        It has.
    """
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            raise RuleError(f"must not list {value:.60} twice", at=(index,))
        seen.add(value)


def at_least_min(maximum: int, info: ValidationInfo) -> int:
    """Validate ``max`` beside ``min``.

    Raises
    ------
    RuleError
        It is below.
    """
    minimum = info.data.get("min", maximum)
    if maximum < minimum:
        raise RuleError(f"must be at least {{here}}min ({maximum} < {minimum})")
    return maximum


# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
_LONGEST_PATH = 1024


def _begins_with_a_slash(path: str) -> str:
    if not re.fullmatch(r"/[!-~]*", path):
        raise RuleError(f"must be a path that begins with /, such as /health, not {path!r:.60}")
    if len(path) > _LONGEST_PATH:
        raise RuleError(f"must be at most {_LONGEST_PATH} characters, not {len(path)}")
    return path


Name = Annotated[str, AfterValidator(validate_name)]
"""The name of something of ours."""

Text = Annotated[str, Field(min_length=1)]
"""Text that says something."""

UrlPath = Annotated[str, AfterValidator(_begins_with_a_slash)]
"""The path of a request."""

Percentage = Annotated[int, Field(ge=0, le=100)]
"""A share, nothing and all of it included."""
