"""How long names and values may be, and of what characters.

https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from slipway.local_aws.codepipeline.errors import CodePipelineError, invalid

MOST_STAGES = 50
MOST_ACTIONS_IN_STAGE = 50
MOST_ACTIONS = 1000
MOST_VARIABLES = 50
LONGEST_CONFIGURATION_KEY = 50
LONGEST_CONFIGURATION_VALUE = 1000
LONGEST_RULE_VALUE = 10_000
LONGEST_VARIABLE_VALUE = 1000
LAST_RUN_ORDER = 999
APPROVAL_MINUTES = range(5, 86_401)

_NAME = re.compile(r"[A-Za-z0-9.@\-_]{1,100}")
_ARTIFACT = re.compile(r"[A-Za-z0-9_\-]{1,100}")
_NAMESPACE = re.compile(r"[A-Za-z0-9@\-_]{1,100}")
_VARIABLE = re.compile(r"[A-Za-z0-9@\-_]{1,128}")
_ROLE = re.compile(r"arn:aws(-\w+)*:iam::[0-9]{12}:role/.+")
_BUCKET = re.compile(r"[a-zA-Z0-9\-.]{3,63}")


def require_name(name: str, what: str) -> None:
    """Check the name of a pipeline, stage, action or rule."""
    _require(_NAME, name, f"The name of the {what}")


def require_artifact_name(name: str, what: str) -> None:
    """Check the name of an artifact."""
    _require(_ARTIFACT, name, f"The name of the {what}")


def require_namespace(name: str, what: str) -> None:
    """Check the namespace of an action's variables."""
    _require(_NAMESPACE, name, f"The namespace of the {what}")


def require_variable_name(name: str) -> None:
    """Check the name of a variable of the pipeline."""
    _require(_VARIABLE, name, "The name of the variable")


def require_role(arn: str, what: str) -> None:
    """Check the ARN of a role."""
    _require(_ROLE, arn, f"The role of the {what}")


def require_bucket(name: str) -> None:
    """Check the name of an artifact store's bucket."""
    _require(_BUCKET, name, "The location of the artifact store")


def twice(names: Iterable[str]) -> str | None:
    """Return the first name that appears more than once."""
    return next((name for name, times in Counter(names).items() if times > 1), None)


def _require(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise _wrong(what, value, pattern.pattern)


def _wrong(what: str, value: str, pattern: str) -> CodePipelineError:
    return invalid(f"{what} {value!r} failed to satisfy the pattern {pattern}")
