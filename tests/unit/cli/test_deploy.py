"""What ``slipway deploy`` says when more than one thing goes wrong."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from slipway.cli import deploy as deploying
from slipway.cli.deploy_stacks import StacksFailedError, selected
from slipway.cli.errors import ExitCode
from slipway.cli.following import Follower
from slipway.cli.usage import UsageError
from slipway.deploy import Deployed, DeployedService, Released
from slipway.settings import load

ROOT = Path(__file__).resolve().parents[2] / "application"


def deploy(**options: Any) -> int:
    return deploying.deploy(
        ROOT,
        "local",
        **{
            "services": (),
            "stacks_only": False,
            "give_up_after": None,
            "description": None,
            "yes": True,
            "plain": False,
            "as_json": False,
            **options,
        },
    )


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stacks fail, and nobody say afterwards how the services stand."""

    def fail() -> None:
        raise StacksFailedError("cart doesn't start. Mend the service and deploy again", ())

    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://cloudformation")

    aws = SimpleNamespace(cloudformation=SimpleNamespace(describe_stacks=unreachable))
    stacks = SimpleNamespace(locally=fail, aws=aws, settings=load(ROOT))
    monkeypatch.setattr(deploying, "StacksOfEnvironment", lambda *_: stacks)
    monkeypatch.setattr(deploying, "check_entries", lambda *_: None)


@pytest.mark.usefixtures("failing")
def test_that_aws_can_not_be_asked_any_more_hides_no_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert deploy() == ExitCode.FAILED
    out, err = capsys.readouterr()
    told = " ".join(err.split())
    assert "cart doesn't start. Mend the service and deploy again" in told
    assert "Cannot read the stack shop-local-storefront" in told
    assert out == "storefront  nobody could be asked how it stands\n"


def test_each_release_is_followed_and_described_as_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[bool, str]] = []

    def release_all(follower: Follower, *_: Any, description: str, **__: Any) -> Any:
        asked.append((follower.plain, description))
        return (), "", 0

    stacks = SimpleNamespace(locally=tuple, aws=SimpleNamespace(), settings=load(ROOT))
    monkeypatch.setattr(deploying, "StacksOfEnvironment", lambda *_: stacks)
    monkeypatch.setattr(deploying, "release_all", release_all)
    monkeypatch.setattr(deploying, "check_entries", lambda *_: None)
    assert deploy(plain=True, description="Summer prices") == ExitCode.DONE
    assert asked == [(True, "Summer prices")]


def test_a_service_that_is_not_there_is_told_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deploying, "confirmed", lambda *_, **__: pytest.fail("asked"))
    with pytest.raises(UsageError, match="There is no service moon; known: "):
        deploy(services=("moon",))


def service(**more: Any) -> DeployedService:
    known = {
        "name": "cart",
        "outcome": Released.RELEASED,
        "url": "https://cart.example.com",
        "is_public": True,
        "live": "shop-dev-cart:6",
        "wanted": "shop-dev-cart:7",
        "deployment": "",
    }
    return DeployedService(**{**known, **more})


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"outcome": Released.FAILED}, "shop-dev-cart:6 is live, shop-dev-cart:7 is not"),
        # Nobody could see what is live after it.
        ({"outcome": Released.FAILED, "live": ""}, "shop-dev-cart:7 was not released"),
    ],
)
def test_nobody_is_told_that_nothing_is_live_who_could_not_look(
    more: dict[str, Any], told: str
) -> None:
    answer = Deployed(
        environment="dev", stacks=(), services=(service(**more),), seconds=1, error="it failed"
    )
    assert told in deploying.text(answer)


def test_who_names_services_changes_no_stack_besides() -> None:
    assert selected("Prod", ("cart", "pay"), ("Registry",)) == (
        "Prod/Cart",
        "Prod/Pay",
        "--exclusively",
    )
    assert selected("Prod", (), ("Registry",)) == ("Registry", "Prod/*")
