"""What was released is told, whatever goes wrong after it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli import deploy_releases
from slipway.cli.deploy_releases import release_all
from slipway.cli.errors import ExitCode
from slipway.deploy import DeployedService, Followed, Outcome, Released
from slipway.release import Commands, ReleaseError, Target, TargetError
from slipway.release.errors import CredentialsError, UnreachableError
from slipway.settings import load

APPLICATION = Path(__file__).resolve().parents[2] / "pipeline_application"
# The storefront calls the other two.
SERVICES = ("inventory", "search", "storefront")
NO_NETWORK = UnreachableError("Cannot read the service: no network. Check the network.")


class Places:
    """The services: what is live of each, and what happens when it is asked about or released."""

    def __init__(self) -> None:
        self.live = dict.fromkeys(SERVICES, 6)
        self.faults: dict[str, Exception] = {}
        self.ends: dict[str, int | ReleaseError] = {}
        self.asked: list[str] = []
        self.released: list[str] = []
        self.after_release: Callable[[], None] = lambda: None

    def target(self, _: Any, stack: str, *, commands: Commands) -> Any:
        service = stack.rpartition("-")[-1]
        self.asked.append(service)
        if fault := self.faults.get(service):
            raise fault
        revision = f"arn/shop-dev-{service}:7"
        return SimpleNamespace(
            service=service,
            revision=revision,
            address="lb",
            port=443,
            command=partial(commands.about, service),
        )

    def status(self, _: Any, target: Any) -> Any:
        if fault := self.faults.get(target.service):
            raise fault
        live = self.live[target.service]
        return SimpleNamespace(
            live=SimpleNamespace(revision=f"arn/shop-dev-{target.service}:{live}"),
            wanted=f"shop-dev-{target.service}:7",
            would_change=("image",) if live != 7 else (),
        )

    def release(self, _: Any, target: Any, *, answer: Callable[[str], None], **__: Any) -> int:
        end = self.ends.get(target.service, 0)
        if isinstance(end, ReleaseError):
            raise end
        if end == 0:
            self.live[target.service] = 7
            self.released.append(target.service)
            answer(f"d-{target.service}")
        self.after_release()
        return end


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    found = Places()
    monkeypatch.setattr(Target, "from_stack", found.target)
    monkeypatch.setattr(deploy_releases, "status", found.status)
    monkeypatch.setattr(deploy_releases.verbs, "release", found.release)
    return found


def deployed(
    told: list[str], *stacks: str, none: bool = False
) -> tuple[dict[str, DeployedService], str, int]:
    follower: Any = SimpleNamespace(aws=SimpleNamespace(cloudformation=None), environment="dev")
    created = [
        Followed(name=name, outcome=Outcome.CREATED, status="", seconds=1, reasons=())
        for name in stacks
    ]
    found, error, code = release_all(
        follower,
        load(APPLICATION),
        SERVICES,
        created,
        none=none,
        description=None,
        tell=told.append,
    )
    return {each.name: each for each in found}, error, code


def outcomes(found: dict[str, DeployedService]) -> list[Released]:
    return [found[service].outcome for service in SERVICES]


def test_only_what_would_change_something_is_released(places: Places, told: list[str]) -> None:
    places.live["search"] = 7
    found, error, code = deployed(told)
    assert places.released == ["inventory", "storefront"]
    assert outcomes(found) == [Released.RELEASED, Released.LIVE_ALREADY, Released.RELEASED]
    assert found["storefront"].deployment == "d-storefront"
    assert (error, code) == ("", ExitCode.DONE)


def test_a_service_whose_stack_is_new_is_live_with_it(places: Places, told: list[str]) -> None:
    places.live = dict.fromkeys(SERVICES, 7)
    found, _, _ = deployed(told, "shop-dev-search")
    assert outcomes(found) == [Released.LIVE_ALREADY, Released.NEW, Released.LIVE_ALREADY]


@pytest.mark.parametrize(
    ("end", "told_so", "code"),
    [
        (
            1,
            "search was not released, and nothing after it: slipway status search -e dev says",
            1,
        ),
        (130, "Stopped: the services after it were not released", 130),
        (CredentialsError("Cannot start the release: expired"), "Cannot start the release", 5),
    ],
)
def test_nothing_is_released_after_a_failure(
    places: Places, told: list[str], end: int | ReleaseError, told_so: str, code: int
) -> None:
    places.ends["search"] = end
    found, error, answered = deployed(told)
    assert places.released == ["inventory"]
    assert outcomes(found) == [Released.RELEASED, Released.FAILED, Released.NOT_REACHED]
    assert found["search"].live == "shop-dev-search:6"
    assert found["storefront"].wanted == "shop-dev-storefront:7"
    assert error.startswith(told_so)
    assert answered == code


def test_what_was_released_is_told_although_aws_can_not_be_asked_any_more(
    places: Places, told: list[str]
) -> None:
    places.faults["search"] = NO_NETWORK
    found, error, code = deployed(told)
    assert outcomes(found) == [Released.RELEASED, Released.UNKNOWN, Released.UNKNOWN]
    assert (found["inventory"].live, found["inventory"].deployment) == (
        "shop-dev-inventory:7",
        "d-inventory",
    )
    assert (error, code) == (str(NO_NETWORK), ExitCode.UNREACHABLE)
    # It would take its time to fail once more.
    assert "storefront" not in places.asked


def test_a_release_that_went_well_stays_one_although_nobody_sees_it_afterwards(
    places: Places, told: list[str]
) -> None:
    def lose_sight() -> None:
        places.faults = {"inventory": NO_NETWORK} if places.released == ["inventory"] else {}

    places.after_release = lose_sight
    found, error, code = deployed(told)
    assert outcomes(found) == [Released.RELEASED] * 3
    assert found["inventory"].live == "shop-dev-inventory:7"
    assert (error, code) == ("", ExitCode.DONE)
    assert any(line.startswith(str(NO_NETWORK)) for line in told)


def test_a_release_that_failed_unseen_claims_nothing_of_what_is_live(
    places: Places, told: list[str]
) -> None:
    places.ends["inventory"] = 1
    places.after_release = lambda: places.faults.update(dict.fromkeys(SERVICES, NO_NETWORK))
    found, error, _ = deployed(told)
    assert (found["inventory"].outcome, found["inventory"].live) == (Released.FAILED, "")
    assert error.startswith("inventory was not released")
    assert outcomes(found)[1:] == [Released.UNKNOWN] * 2
    assert told[-1] == str(NO_NETWORK)


def test_a_stack_that_is_missing_ends_the_releases_and_keeps_what_was_done(
    places: Places, told: list[str]
) -> None:
    places.faults["search"] = TargetError("The stack shop-dev-search does not exist")
    found, error, code = deployed(told)
    assert outcomes(found) == [Released.RELEASED, Released.NOT_REACHED, Released.NOT_REACHED]
    assert (error, code) == ("The stack shop-dev-search does not exist", ExitCode.NOT_THERE)
    # How the others stand can be told.
    assert found["storefront"].live == "shop-dev-storefront:6"


def test_who_only_looks_releases_nothing_and_misses_no_stack(
    places: Places, told: list[str]
) -> None:
    places.faults["search"] = TargetError("The stack shop-dev-search does not exist")
    found, error, code = deployed(told, none=True)
    assert places.released == []
    assert outcomes(found) == [Released.NOT_REACHED] * 3
    assert (error, code) == ("", ExitCode.DONE)


@pytest.fixture
def told() -> list[str]:
    return []
