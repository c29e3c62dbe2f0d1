"""What ``slipway scale`` says it has done."""

from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli import scale as scaling
from slipway.operations.scale import Scale

NOW = Scale(
    service="storefront", desired=4, running=3, minimum=2, maximum=6, suspended=(), schedule=()
)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (True, "Set. To keep it, set scaling in services/storefront/service.yaml"),
        (False, "storefront is scaled so already: nothing was to do\n"),
    ],
)
def test_what_was_not_set_is_not_told_as_set(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changed: bool,
    told: str,
) -> None:
    target: Any = SimpleNamespace(service="storefront")
    aws: Any = SimpleNamespace()
    monkeypatch.setattr(scaling, "scale", lambda *_, **__: changed)
    monkeypatch.setattr(scaling, "look", lambda *_: NOW)
    assert scaling.show(aws, target, tasks=4, minimum=None, maximum=None, as_json=False) == 0
    out, err = capsys.readouterr()
    assert err.startswith(told)
    # What is, is told in both cases.
    assert "wanted    4" in out
