"""Where a release is shown live, and where it is told in lines."""

import io
import sys
from typing import Any

import pytest

from slipway.cli.screen import Lines, opened


class Terminal(io.TextIOWrapper):
    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True

    @property
    def written(self) -> str:
        self.flush()
        buffer: Any = self.buffer
        return str(buffer.getvalue().decode(self.encoding))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Any:
    def terminal(encoding: str = "utf-8", kind: str = "xterm-256color") -> Terminal:
        monkeypatch.setenv("TERM", kind)
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            monkeypatch.delenv(name, raising=False)
        stream = Terminal(encoding)
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return terminal


def test_a_terminal_gets_more_than_lines(terminal: Any) -> None:
    stream = terminal()
    with opened(plain=False) as screen:
        assert not isinstance(screen, Lines)
        screen.tell("12:00:00  [Install] begins :tada:")
    assert "12:00:00  [Install] begins :tada:" in stream.written, "as it was told, no markup"


@pytest.mark.parametrize(
    ("plain", "encoding", "kind"),
    [(True, "utf-8", "xterm-256color"), (False, "utf-8", "dumb"), (False, "ascii", "xterm")],
    ids=["asked for", "a terminal that moves no cursor", "a terminal without the signs"],
)
def test_lines_where_a_view_is_not_wanted_or_not_possible(
    terminal: Any, plain: bool, encoding: str, kind: str
) -> None:
    stream = terminal(encoding, kind)
    with opened(plain=plain) as screen:
        assert isinstance(screen, Lines)
        screen.tell("told")
    assert stream.written == "told\n"


def test_no_terminal_gets_lines_whatever_asks_for_colours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with opened(plain=False) as screen:
        assert isinstance(screen, Lines)
        screen.tell("told")
    assert capsys.readouterr().err == "told\n"


def test_who_closes_the_terminal_closes_nothing_else(
    terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> None:
        raise OSError(5, "Input/output error")

    stream = terminal()
    with opened(plain=False) as screen:
        monkeypatch.setattr(stream, "write", gone)
        screen.tell("nobody reads it")
