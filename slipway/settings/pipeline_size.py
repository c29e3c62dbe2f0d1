"""Whether CodePipeline takes a pipeline of this size.

https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

from collections.abc import Iterator, Mapping, Sequence

from slipway.settings.application import Application
from slipway.settings.environment import Environment
from slipway.settings.names import PIPELINE_STAGES, PipelineNames
from slipway.settings.placed import Placed
from slipway.settings.source import Source
from slipway.settings.validation import mistake_at

_MOST_STAGES = 50
_MOST_ACTIONS_OF_A_STAGE = 50
_LONGEST_NAME = 100

STACKS_OF_AN_ENVIRONMENT = 4
"""The stacks that the pipeline deploys to each environment, besides those of its services."""

# A change set is prepared, and then carried out.
_ACTIONS_OF_A_STACK = 2
_SMALLER = (
    "let more environments share a wave (the same `after`), leave one out of the pipeline, or make "
    "some services an application of their own"
)


def mistakes_of_size(
    application: Application,
    source: Source,
    waves: Sequence[Sequence[Environment]],
    places: Mapping[str, Placed],
) -> Iterator[str]:
    """Find what would be too much, or too long a name.

    Parameters
    ----------
    application, source
        ``slipway.yaml``, and its text.
    waves
        The environments of the pipeline, in its order.
    places
        The environments, by name.
    """
    names = PipelineNames(application.application)
    services = next((placed.services for placed in places.values()), {})
    stages = len(PIPELINE_STAGES) + len(waves) * (1 + len(services))
    if stages > _MOST_STAGES:
        yield mistake_at(
            source,
            ("pipeline",),
            f"would have {stages} stages, and AWS CodePipeline allows {_MOST_STAGES}: "
            f"{len(PIPELINE_STAGES)}, and for each of {len(waves)} waves one and one for each of "
            f"{len(services)} services; {_SMALLER}",
        )
    for wave in waves:
        first = places[wave[0].name]
        environments = [each.name for each in wave]
        together = ", ".join(environments)
        actions = 1 + sum(_actions(each, len(services)) for each in wave)
        if actions > _MOST_ACTIONS_OF_A_STAGE:
            yield first.mistake(
                ("pipeline", "after"),
                f"makes a stage of {actions} actions ({together}), and AWS CodePipeline allows "
                f"{_MOST_ACTIONS_OF_A_STAGE}: two for each stack; let one of them come after "
                "another, or make some services an application of their own",
            )
        stage_names = [names.release(environments, service) for service in services]
        longest = max(stage_names, key=len, default=names.wave(environments))
        if len(longest) > _LONGEST_NAME:
            yield first.mistake(
                ("pipeline", "after"),
                f"makes a stage whose name has {len(longest)} characters, and AWS CodePipeline "
                f"allows {_LONGEST_NAME}: {longest}; let one of {together} come after another, or "
                "give them shorter names",
            )


def _actions(environment: Environment, services: int) -> int:
    """Count the actions of an environment in the stage of its wave: stacks, and before them."""
    place = environment.pipeline
    guarded = environment.approval == "required"
    changes = guarded or (place is not None and bool(place.window or place.freezes))
    return changes + guarded + _ACTIONS_OF_A_STACK * (STACKS_OF_AN_ENVIRONMENT + services)
