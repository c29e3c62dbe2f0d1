"""What ``slipway deploy`` says when more than one thing goes wrong."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli import deploy as deploying
from slipway.cli.deploy_stacks import StacksFailedError, selected
from slipway.cli.errors import ExitCode
from slipway.cli.following import Follower
from slipway.cli.usage import UsageError
from slipway.release.errors import UnreachableError
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

    def unreachable(*_: Any, **__: Any) -> None:
        raise UnreachableError("Cannot read the stack: no network.")

    stacks = SimpleNamespace(locally=fail, aws=SimpleNamespace(), settings=None)
    monkeypatch.setattr(deploying, "StacksOfEnvironment", lambda *_: stacks)
    monkeypatch.setattr(deploying, "release_all", unreachable)
    monkeypatch.setattr(deploying, "check_entries", lambda *_: None)


@pytest.mark.usefixtures("failing")
def test_that_aws_can_not_be_asked_any_more_hides_no_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert deploy() == ExitCode.FAILED
    told = " ".join(capsys.readouterr().err.split())
    assert "cart doesn't start. Mend the service and deploy again" in told
    assert "Cannot read the stack: no network." in told


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


def test_who_names_services_changes_no_stack_besides() -> None:
    assert selected("Prod", ("cart", "pay"), ("Registry",)) == (
        "Prod/Cart",
        "Prod/Pay",
        "--exclusively",
    )
    assert selected("Prod", (), ("Registry",)) == ("Registry", "Prod/*")
