"""The reference of the command line is what the command line says of itself."""

from scripts.command_reference import PAGE, exit_codes, page
from slipway.cli.errors import ExitCode


def test_the_page_is_what_the_command_line_says():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        f"{PAGE.name} is stale: run .venv/bin/python scripts/command_reference.py"
    )


def test_every_exit_code_is_explained():
    assert [code for code, _ in exit_codes()] == [int(code) for code in ExitCode]
    assert all(text.endswith(".") for _, text in exit_codes())
