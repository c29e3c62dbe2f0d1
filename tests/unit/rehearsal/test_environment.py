from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.environment import RehearsedEnvironment

Progress = Callable[[timedelta], None]


class Slow:
    """A cloud whose CDK command line takes ten seconds."""

    def cdk(self, *arguments: str, progress: Progress) -> None:
        progress(timedelta(seconds=10))


def test_synthesis_that_takes_long_says_that_it_synthesises(tmp_path: Path) -> None:
    told: list[str] = []
    environment = RehearsedEnvironment(tmp_path, tell=told.append)
    environment.cloud = cast("LocalCloud", Slow())
    environment.workspace = cast("Any", type("Workspace", (), {"directory": tmp_path}))
    environment.synthesise()
    assert told == ["... 10 s, synthesising"]
