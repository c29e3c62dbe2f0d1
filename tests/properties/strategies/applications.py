"""Whole applications: files that fit together."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from strategies.environments import REGIONS, application_files, environment_files
from strategies.pipelines import images, routes
from strategies.services import MOST_TASKS, Surroundings, overrides, service_files
from strategies.values import IDENTIFIERS, names
from strategies.yaml_text import write_yaml

from slipway.settings.files import LONGEST_SERVICE_AND_ENVIRONMENT
from slipway.settings.names import (
    APPLICATION_STACKS,
    ENVIRONMENT_LOG_GROUPS,
    ENVIRONMENT_STACKS,
    PIPELINE,
    PIPELINE_STAGES,
    Names,
)
from slipway.settings.service import OVERRIDES

_LONGEST_ENVIRONMENT = 20
_SHARED = st.sampled_from(["public", "inside"])


@dataclass
class Application:
    """The files of an application, not written yet.

    Attributes
    ----------
    application, environments, services
        The content of the files, by name.
    checks
        The text of each service's checks.py, by the service's name.
    flow, backwards
        How the files are written; see :func:`strategies.yaml_text.write_yaml`.
    """

    application: dict[str, Any]
    environments: dict[str, dict[str, Any]]
    services: dict[str, dict[str, Any]]
    checks: dict[str, str] = field(default_factory=dict)
    flow: bool = False
    backwards: bool = False

    def files(self) -> dict[str, dict[str, Any]]:
        """The content of each YAML file, by its path."""
        return {
            "slipway.yaml": self.application,
            **{f"environments/{name}.yaml": tree for name, tree in self.environments.items()},
            **{f"services/{name}/service.yaml": tree for name, tree in self.services.items()},
        }

    def texts(self) -> dict[str, str]:
        """The text of each file, by its path."""
        found = {
            file: write_yaml(tree, flow=self.flow, backwards=self.backwards)
            for file, tree in self.files().items()
        }
        return found | {f"services/{name}/checks.py": text for name, text in self.checks.items()}

    def write(self, root: Path) -> Path:
        """Write the files below a folder, and return it."""
        return write(self.texts(), root)


def write(files: dict[str, str | bytes] | dict[str, str], root: Path) -> Path:
    """Write files below a folder, and return it."""
    for file, text in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


@st.composite
def applications(draw: st.DrawFn, *, fewest: int = 0, most: int = 3) -> Application:
    """Applications that are right in every way.

    Parameters
    ----------
    fewest
        How many services there are at least.
    most
        How many environments, and how many services, there are at most.
    """
    region = draw(REGIONS)
    application = draw(application_files(region))
    shared = draw(st.lists(_SHARED, max_size=2, unique=True))
    environments = {
        name: draw(
            environment_files(
                domain=f"{name}.shop.example.com",
                shared=shared,
                registry_region=application["tooling"]["region"],
            )
        )
        for name in draw(_environment_names(most))
    }
    if draw(st.booleans()):
        application["images"] = draw(images())
    if route := draw(routes(application, environments)):
        application["pipeline"] = route
    _one_channel_of_slack(application, environments)
    internet = all(each["network"].get("nat") != "none" for each in environments.values())
    architectures = {
        "arm64"
        if "g" in each["capacity"]["ec2"]["instance_types"][0].split(".")[0][2:]
        else "x86_64"
        for each in environments.values()
    }
    fewest = draw(st.sampled_from([max(fewest, 1)] * 3 + [fewest]))
    services: dict[str, dict[str, Any]] = {}
    checks: dict[str, str] = {}
    callable_: list[str] = []
    service_names = draw(_service_names(fewest, most, max(map(len, environments))))
    for index, name in enumerate(service_names):
        functions = draw(
            st.dictionaries(IDENTIFIERS, st.lists(IDENTIFIERS, max_size=2, unique=True), max_size=2)
        )
        around = Surroundings(
            architecture=architectures.copy().pop() if len(architectures) == 1 else None,
            internet=internet,
            public=internet
            and all(
                "domain" in each and "office_hours" not in each for each in environments.values()
            ),
            # It is in a public registry.
            traced=internet and "collector" in application.get("images", {}),
            shared=draw(st.none() | st.sampled_from(shared)) if shared else None,
            ports=(8000 + index, 9000 + index),
            calls=list(callable_),
            functions=functions,
        )
        service = draw(service_files(around))
        if functions:
            checks[name] = own_checks(functions)
        different = {each: draw(overrides(service)) for each in environments if draw(st.booleans())}
        if different:
            service[OVERRIDES] = different
        services[name] = service
        if internet or (not around.shared and _is_internal(service)):
            callable_.append(name)
    _make_room(environments, services)
    return Application(
        application,
        environments,
        services,
        checks,
        flow=draw(st.booleans()),
        backwards=draw(st.booleans()),
    )


def _environment_names(most: int) -> st.SearchStrategy[list[str]]:
    """Names, none of which is another one with something added: they make names in AWS."""
    taken = {*APPLICATION_STACKS, PIPELINE}
    name = names(_LONGEST_ENVIRONMENT).filter(
        lambda name: (
            name.partition("-")[0] not in taken and Names("shop", name).stage not in PIPELINE_STAGES
        )
    )
    return st.lists(name, min_size=1, max_size=most, unique_by=lambda name: name.partition("-")[0])


def _service_names(fewest: int, most: int, environment: int) -> st.SearchStrategy[list[str]]:
    """Names that fit beside that of an environment, by its length."""
    taken = {*ENVIRONMENT_STACKS, *ENVIRONMENT_LOG_GROUPS}
    name = names(LONGEST_SERVICE_AND_ENVIRONMENT - 1 - environment).filter(
        lambda name: name not in taken and not name.startswith("shared-")
    )
    return st.lists(name, min_size=fewest, max_size=most, unique=True)


def own_checks(functions: dict[str, list[str]]) -> str:
    """Write a checks.py with some functions and the arguments that they need."""
    return "".join(
        f"def {name}({', '.join(['green', *arguments])}):\n    assert green\n"
        for name, arguments in functions.items()
    )


def _one_channel_of_slack(
    application: dict[str, Any], environments: dict[str, dict[str, Any]]
) -> None:
    """Leave out a channel of Slack that its account has already."""
    told = [(application["tooling"]["account"], application.get("pipeline", {}))]
    told += [(each["account"], each) for each in environments.values()]
    taken = set()
    for account, tree in told:
        if slack := tree.get("notifications", {}).get("slack"):
            place = (account, slack["workspace"], slack["channel"])
            if place in taken:
                del tree["notifications"]["slack"]
            taken.add(place)


def _is_internal(service: dict[str, Any]) -> bool:
    """Whether a load balancer is internal, as it is where nothing is said."""
    return service.get("load_balancer", {}).get("scheme", "internal") == "internal"


def _make_room(environments: dict[str, Any], services: dict[str, Any]) -> None:
    """Let every environment have twice the instances that its services have tasks."""
    needed = 2 * MOST_TASKS * sum("ec2" in each.get("capacity", {}) for each in services.values())
    for environment in environments.values():
        ec2 = environment["capacity"]["ec2"]
        if ec2.get("max", 4) < needed:
            ec2["max"] = needed
