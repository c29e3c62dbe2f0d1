"""A new service or environment: written whole and right, or not at all."""

import sys
from pathlib import Path

import pytest

from slipway.settings import load


@pytest.fixture
def run(run, monkeypatch: pytest.MonkeyPatch, clone: Path):
    """Run ``slipway init`` where nobody can be asked."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    return lambda *arguments: run("init", *arguments, "--root", str(clone))


def files(clone: Path) -> set[Path]:
    return set(clone.rglob("*"))


def test_a_service_is_one_that_the_settings_accept(clone: Path, run) -> None:
    code, _, err = run("service", "hello", "--port", "9090", "--memory", "1GiB", "--public")
    assert code == 0, err
    hello = load(clone).services("local")["hello"]
    assert (hello.port, hello.load_balancer.scheme) == (9090, "internet-facing")
    assert "slipway deploy --local" in err


def test_a_container_that_is_there_stays_as_it_is(clone: Path, run) -> None:
    folder = clone / "services" / "mine"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    assert run("service", "mine", "--yes")[0] == 0
    assert {each.name for each in folder.iterdir()} == {"Dockerfile", "service.yaml"}
    assert (folder / "Dockerfile").read_text() == "FROM scratch\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("service",), "The service's name? Nobody can be asked here: say its name"),
        (("service", "../up"), "The name must be lower-case letters"),
        (("service", "storefront"), "services/storefront/service.yaml is there already"),
        (("service", "hello", "--memory", "3"), "services/hello/service.yaml:"),
        (("service", "network"), "services/network/service.yaml:1: "),
        (("environment", "prod-us"), "The AWS account, twelve digits? Nobody can be asked"),
        (("environment", "local"), "environments/local.yaml is there already"),
        (("environment", "us", "--account", "12"), "environments/us.yaml:"),
    ],
)
def test_what_would_be_wrong_leaves_nothing_behind(
    clone: Path, run, arguments: tuple[str, ...], told: str
) -> None:
    before = files(clone)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(told)
    assert files(clone) == before


def test_an_environment_is_one_that_the_settings_accept(clone: Path, run) -> None:
    code, out, err = run("environment", "prod-us", "--account", "123456789012", "--production")
    assert (code, out) == (0, "environments/prod-us.yaml\n"), err
    place = load(clone).environment("prod-us")
    assert (place.approval, place.removal_policy, place.network.nat) == (
        "required",
        "retain",
        "per-zone",
    )
    networks = [each.network.cidr for each in load(clone).environments.values()]
    assert len(set(networks)) == len(networks)
