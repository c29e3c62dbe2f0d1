"""The order of the pipeline's environments, and what has to hold between their files."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from slipway.settings.application import Application
from slipway.settings.circles import circle
from slipway.settings.environment import Environment
from slipway.settings.errors import suggestion
from slipway.settings.placed import Placed
from slipway.settings.source import Location, Source
from slipway.settings.validation import mistake_at


def waves_of(environments: Mapping[str, Environment]) -> tuple[tuple[Environment, ...], ...]:
    """Return the environments of the pipeline, in its order; those of one wave go together.

    Parameters
    ----------
    environments
        By name; each names others of the pipeline alone, and there is no circle.
    """
    sorter = TopologicalSorter(
        {each.name: each.pipeline.after for each in environments.values() if each.pipeline}
    )
    sorter.prepare()
    waves = []
    while sorter.is_active():
        names = sorter.get_ready()
        waves.append(tuple(environments[name] for name in sorted(names)))
        sorter.done(*names)
    return tuple(waves)


def mistakes_of_order(
    application: Application, source: Source, places: Mapping[str, Placed]
) -> Iterator[str]:
    """Find what is no order, and environments that the pipeline can't release to.

    Parameters
    ----------
    application, source
        ``slipway.yaml``, and its text.
    places
        The environments, by name.
    """
    after = {
        name: place.after
        for name, placed in places.items()
        if (place := placed.environment.pipeline) is not None
    }
    if application.pipeline and not after:
        yield mistake_at(
            source,
            ("pipeline",),
            "has no environment: give one a place, pipeline: { after: [] }, in its file, or remove "
            "this",
        )
    for name in after:
        placed = places[name]
        if application.pipeline is None:
            yield placed.mistake(
                ("pipeline",), "must go, or slipway.yaml needs a pipeline: it has none"
            )
        if placed.environment.tooling not in (None, application.tooling):
            yield placed.mistake(
                ("tooling",),
                "must go, or pipeline must: the pipeline's images are in the registry of "
                "slipway.yaml (tooling there)",
            )
        yield from _after(name, after, places)


def _after(
    name: str, after: Mapping[str, tuple[str, ...]], places: Mapping[str, Placed]
) -> Iterator[str]:
    placed = places[name]
    for index, other in enumerate(after[name]):
        where: Location = ("pipeline", "after", index)
        if other == name:
            yield placed.mistake(where, "must name another environment than itself")
        elif other not in places:
            others = (each for each in after if each != name)
            yield placed.mistake(where, f"is no environment; {suggestion(other, others)}")
        elif other not in after:
            yield placed.mistake(
                where,
                f"is not in the pipeline: {other} has no pipeline in environments/{other}.yaml; "
                "add it there, or remove it here",
            )
        elif way := circle(after, name, other):
            yield placed.mistake(
                where,
                f"makes a circle ({' after '.join(way)}), and none of these could be the first; "
                "remove one of them",
            )


def mistakes_of_images(places: Mapping[str, Placed]) -> Iterator[str]:
    """Find services whose image would be another one in another environment of the pipeline."""
    first: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, placed in places.items():
        if placed.environment.pipeline is None:
            continue
        for service in placed.services.values():
            if not service.image_architectures:
                continue
            other, architectures = first.setdefault(
                service.name, (name, service.image_architectures)
            )
            if architectures != service.image_architectures:
                yield placed.mistake_of(
                    service.name,
                    ("architecture",),
                    f"must not make two images: it is built for {' and '.join(architectures)} in "
                    f"{other} and for {' and '.join(service.image_architectures)} in {name}, and "
                    "every environment of the pipeline runs the same; list all of them under "
                    "build.architectures",
                )


def mistakes_of_waves(
    waves: Sequence[Sequence[Environment]], places: Mapping[str, Placed]
) -> Iterator[str]:
    """Find environments that go together, and say otherwise of what they do together.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
    """
    for wave in waves:
        first, *others = ((each, each.pipeline) for each in wave)
        for each, place in others:
            if first[1] and place and place.rollback != first[1].rollback:
                yield places[each.name].mistake(
                    ("pipeline", "rollback"),
                    f"must be {first[1].rollback}, as in {first[0].name}: the two go together, and "
                    "AWS CodePipeline rolls back a stage as a whole; or let one come after the "
                    "other",
                )
