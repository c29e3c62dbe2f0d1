"""What triggers may say.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-triggers.html
"""

from __future__ import annotations

from slipway.local_aws.codepipeline.definition.model import Declaration, Definition
from slipway.local_aws.codepipeline.definition.names import twice
from slipway.local_aws.codepipeline.errors import CodePipelineError, invalid_structure

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_MOST_TRIGGERS = 50
_MOST_FILTERS = 3
_MOST_PATTERNS = 8
_LONGEST_PATTERN = 255

_PROVIDER = "CodeStarSourceConnection"
_KINDS = ({"tags"}, {"branches"}, {"branches", "filePaths"})


def check_triggers(definition: Definition) -> None:
    """Check all triggers.

    Raises
    ------
    CodePipelineError
        One is wrong, or is not carried out on this machine.
    """
    triggers = definition.triggers
    if len(triggers) > _MOST_TRIGGERS:
        raise invalid_structure(f"A pipeline has at most {_MOST_TRIGGERS} triggers")
    sources = {action.name for action in definition.stages[0].actions}
    for trigger in triggers:
        _check_trigger(trigger, sources)
    if name := twice(it["gitConfiguration"]["sourceActionName"] for it in triggers):
        raise invalid_structure(f"The source action {name} has more than one trigger")


def _check_trigger(trigger: Declaration, sources: set[str]) -> None:
    git = trigger["gitConfiguration"]
    source = git["sourceActionName"]
    if trigger["providerType"] != _PROVIDER:
        raise _wrong(source, f"has the provider {_PROVIDER}")
    if source not in sources:
        raise _wrong(source, "names no source action of the pipeline")
    if git.get("pullRequest"):
        raise _wrong(source, "has pull requests, which are not carried out on this machine")
    filters = git.get("push") or []
    if len(filters) > _MOST_FILTERS:
        raise _wrong(source, f"has at most {_MOST_FILTERS} filters of pushes")
    for one in filters:
        _check_filter(source, one)


def _check_filter(source: str, criteria: Declaration) -> None:
    said = {name: value for name, value in criteria.items() if value}
    if set(said) not in _KINDS:
        raise _wrong(source, "filters by tags, by branches, or by branches and file paths")
    for kind in said.values():
        for patterns in (kind.get("includes") or [], kind.get("excludes") or []):
            lengths = [len(pattern) for pattern in patterns]
            if len(patterns) > _MOST_PATTERNS or not all(
                1 <= length <= _LONGEST_PATTERN for length in lengths
            ):
                raise _wrong(
                    source,
                    f"has at most {_MOST_PATTERNS} patterns of 1 to {_LONGEST_PATTERN} characters "
                    "in a list",
                )


def _wrong(source: str, what: str) -> CodePipelineError:
    return invalid_structure(f"The trigger of the source action {source} {what}")
