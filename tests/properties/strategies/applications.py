"""Whole applications: files that fit together."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from slipway.settings.service import OVERRIDES

from strategies.environments import REGIONS, application_files, environment_files
from strategies.services import MOST_TASKS, Surroundings, overrides, service_files
from strategies.values import IDENTIFIERS
from strategies.yaml_text import write_yaml

_TAKEN = {
    "network",
    "cluster",
    "registry",
    "observability",
    "releases",
    "toolchain",
    "access",
    "exec",
    "trunking",
    "flow-logs",
}
_ENVIRONMENTS = st.sampled_from(["dev", "local", "prod", "qa-2"])
_SERVICES = st.sampled_from(["api", "web", "stock-room", "x", "pay2"])
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
def applications(draw: st.DrawFn, *, most: int = 3) -> Application:
    """Applications that are right in every way.

    Parameters
    ----------
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
        for name in draw(st.lists(_ENVIRONMENTS, min_size=1, max_size=most, unique=True))
    }
    internet = all(each["network"].get("nat") != "none" for each in environments.values())
    architectures = {
        "arm64"
        if "g" in each["capacity"]["ec2"]["instance_types"][0].split(".")[0][2:]
        else "x86_64"
        for each in environments.values()
    }
    fewest = draw(st.sampled_from([1, 1, 1, 0]))
    services: dict[str, dict[str, Any]] = {}
    checks: dict[str, str] = {}
    callable_: list[str] = []
    for index, name in enumerate(
        draw(st.lists(_SERVICES, min_size=fewest, max_size=most, unique=True))
    ):
        functions = draw(
            st.dictionaries(IDENTIFIERS, st.lists(IDENTIFIERS, max_size=2, unique=True), max_size=2)
        )
        around = Surroundings(
            architecture=architectures.copy().pop() if len(architectures) == 1 else None,
            internet=internet,
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
        if internet or not around.shared and _is_internal(service):
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


def own_checks(functions: dict[str, list[str]]) -> str:
    """Write a checks.py with some functions and the arguments that they need."""
    return "".join(
        f"def {name}({', '.join(['green', *arguments])}):\n    assert green\n"
        for name, arguments in functions.items()
    )


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
