from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from slipway.rehearsal.closing import close
from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.errors import RehearsalError


class Cloud:
    def __init__(self, *, alive: bool) -> None:
        self._alive = alive

    def require_alive(self) -> None:
        if not self._alive:
            raise RehearsalError("the local AWS has ended: see its log")


class Run:
    """What a rehearsal has opened: a stack, a cloud, and a folder with a log."""

    def __init__(self, folder: Path, *, alive: bool) -> None:
        self.ended: list[str] = []
        self.stack = ExitStack()
        self.stack.callback(self.ended.append, "all")
        self.cloud = cast(LocalCloud, Cloud(alive=alive))
        self.folder = folder / "run"
        self.folder.mkdir()

    def close(self, error: BaseException | None, **options: Any) -> None:
        close(self.stack, self.cloud, self.folder, error, **{"keep_logs": False, **options})


@pytest.mark.parametrize(
    ("error", "keep_logs", "kept"),
    [
        (None, False, False),
        (None, True, True),
        (RehearsalError("no answer"), False, True),
        (KeyboardInterrupt(), False, True),
    ],
)
def test_logs_are_kept_of_what_went_wrong_or_was_meant_to_be_seen(
    tmp_path: Path, error: BaseException | None, keep_logs: bool, kept: bool
) -> None:
    run = Run(tmp_path, alive=True)
    run.close(error, keep_logs=keep_logs)
    assert run.folder.exists() == kept
    assert run.ended == ["all"]


def test_a_dead_cloud_is_why_something_could_not_be_reached(tmp_path: Path) -> None:
    run = Run(tmp_path, alive=False)
    with pytest.raises(RehearsalError, match="has ended"):
        run.close(ConnectionError("refused"))
    assert run.ended == ["all"]
    assert run.folder.exists()


def test_what_the_rehearsal_itself_says_is_not_replaced(tmp_path: Path) -> None:
    Run(tmp_path, alive=False).close(RehearsalError("cdk deploy failed"))
