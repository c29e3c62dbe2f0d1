"""Variables: ``#{namespace.name}`` in a configuration, and what they are worth.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from slipway.local_aws.codepipeline.action import ActionDeclaration, ActionFailed
from slipway.local_aws.codepipeline.errors import invalid

OF_EXECUTION = "codepipeline"
"""The namespace of what every execution knows of itself."""
OF_PIPELINE = "variables"
"""The namespace of the variables that the pipeline declares."""

_REFERENCE = re.compile(r"#\{([^{}]*)\}")
_NAMED = re.compile(r"([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)")

Values = Mapping[str, Mapping[str, str]]
"""Of each namespace, the values of its variables."""


class UnknownVariableError(Exception):
    """A reference to a variable that has no value; the message is the reference."""


def references(text: str) -> Iterator[tuple[str, str]]:
    """Return namespace and name of each reference.

    Raises
    ------
    ValueError
        One has another form; the message is the reference.
    """
    for found in _REFERENCE.finditer(text):
        named = _NAMED.fullmatch(found[1])
        if not named:
            raise ValueError(found[0])
        yield named[1], named[2]


def resolve(text: str, values: Values) -> str:
    """Put values in the place of references.

    Raises
    ------
    UnknownVariableError
        A variable has no value.
    """

    def value(found: re.Match[str]) -> str:
        namespace, _, name = found[1].partition(".")
        try:
            return values[namespace][name]
        except KeyError:
            raise UnknownVariableError(found[0]) from None

    return _REFERENCE.sub(value, text)


def resolved(declaration: ActionDeclaration, values: Values) -> dict[str, str]:
    """Return the configuration that an action runs with.

    Raises
    ------
    ActionFailed
        A variable has no value.
    """
    try:
        return {key: resolve(value, values) for key, value in declaration.configuration.items()}
    except UnknownVariableError as unknown:
        raise ActionFailed(
            "An action in this pipeline failed because one or more variables could not be "
            f"resolved: Action name={declaration.name} ({unknown})",
            "ConfigurationError",
        ) from None


def start_values(declared: Mapping[str, str | None], given: Mapping[str, str]) -> dict[str, str]:
    """Return what the pipeline's variables are worth in an execution.

    Parameters
    ----------
    declared
        Their default values.
    given
        What the start says.

    Raises
    ------
    CodePipelineError
        One is not declared, or has no value.
    """
    if unknown := sorted(set(given) - set(declared)):
        raise invalid(f"The pipeline has no variables named {', '.join(unknown)}")
    values = {**declared, **given}
    if missing := sorted(name for name, value in values.items() if value is None):
        raise invalid(f"These variables have no value: {', '.join(missing)}")
    return {name: str(value) for name, value in values.items()}
