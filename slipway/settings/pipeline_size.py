"""Whether AWS CodePipeline takes a pipeline of this size.

https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

from collections.abc import Iterator, Mapping, Sequence

from slipway.settings.application import Application
from slipway.settings.environment import Environment
from slipway.settings.names import PIPELINE_STAGES, PipelineNames
from slipway.settings.placed import Placed
from slipway.settings.source import Source
from slipway.settings.validation import mistake_at

MOST_STAGES = 50
MOST_ACTIONS_OF_A_STAGE = 50

# An action is called as its stage is, and what it does: -Prepare, -Changes.
_LONGEST_STAGE = 100 - len("-Prepare")

# Besides those of the services: network, cluster, observability, releases.
_STACKS = 4
# A change set is prepared, and then carried out.
_ACTIONS_OF_A_STACK = 2


def stages_of_pipeline(waves: int, services: int) -> int:
    """Count the stages: one for each wave, and one in it for each service."""
    return len(PIPELINE_STAGES) + waves * (1 + services)


def actions_of_wave(wave: Sequence[Environment], services: int) -> int:
    """Count the actions of the stage that deploys some environments.

    What changes and an approval come before the stacks, where any of them asks for it; what is to
    be released comes after.
    """
    asked = any(each.approval == "required" for each in wave)
    timed = any(each.pipeline and (each.pipeline.window or each.pipeline.freezes) for each in wave)
    stacks = len(wave) * (_STACKS + services)
    return (asked or timed) + asked + _ACTIONS_OF_A_STACK * stacks + 1


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
    stages = stages_of_pipeline(len(waves), len(services))
    if waves and stages > MOST_STAGES:
        yield mistake_at(
            source,
            ("pipeline",),
            f"would have {stages} stages, and AWS CodePipeline allows {MOST_STAGES}: "
            f"{len(PIPELINE_STAGES)}, and for each of {len(waves)} waves one and one for each of "
            f"{len(services)} services; let environments share a wave (the same `after`), leave "
            "one out, or make some services an application of their own",
        )
    for wave in waves:
        first = places[wave[0].name]
        environments = [each.name for each in wave]
        together = ", ".join(environments)
        actions = actions_of_wave(wave, len(services))
        if actions > MOST_ACTIONS_OF_A_STAGE:
            yield first.mistake(
                ("pipeline", "after"),
                f"makes a stage of {actions} actions ({together}), and AWS CodePipeline allows "
                f"{MOST_ACTIONS_OF_A_STAGE}: {_ACTIONS_OF_A_STACK} for each stack; let one come "
                "after another, or make some services an application of their own",
            )
        stage_names = [names.release(environments, service) for service in services]
        longest = max(stage_names, key=len, default=names.wave(environments))
        if len(longest) > _LONGEST_STAGE:
            yield first.mistake(
                ("pipeline", "after"),
                f"makes a stage whose name has {len(longest)} characters, and AWS CodePipeline "
                f"leaves {_LONGEST_STAGE} for it: {longest}; let one come after another, or choose "
                "shorter names",
            )
