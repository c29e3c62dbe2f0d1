"""Names that two environments would give to different things in AWS."""

from collections.abc import Iterator, Mapping

from slipway.settings.names import ENVIRONMENT_STACKS, Names
from slipway.settings.placed import Placed


def collisions(application: str, places: Mapping[str, Placed]) -> Iterator[str]:
    """Find environments whose names, or whose services' names, become the same in AWS."""
    taken: dict[tuple[str, ...], str] = {}
    for name, placed in places.items():
        for claim in _claims(Names(application, name), placed):
            first = taken.setdefault(claim, name)
            if first != name:
                yield (
                    f"environments/{name}.yaml:1: the environment's name must be another one: it "
                    f"makes {claim[0]}, as {first} does"
                )
                break
        domain = placed.environment.domain
        if domain:
            first = taken.setdefault(("domain", domain.name), name)
            if first != name:
                yield placed.mistake(
                    ("domain", "name"),
                    f"must be another one than that of {first}: environments/{first}.yaml has "
                    f"{domain.name} as well, and a name in it can lead to one of the two only",
                )


def _claims(names: Names, placed: Placed) -> Iterator[tuple[str, ...]]:
    """Tell what an environment makes, and where no other may make the same."""
    environment = placed.environment
    place = (environment.account, environment.region)
    yield (f"the stage {names.stage}",)
    if environment.tooling:
        yield (f"the stage {names.stage}Registry",)
    for stack in (*ENVIRONMENT_STACKS, *placed.services):
        yield (f"the stack {names.stack(stack)}", *place)
    for service in placed.services:
        yield (f"the function {names.hook_function(service, 'BeforeInstall')}", *place)
