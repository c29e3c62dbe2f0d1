"""Which environment is meant."""

from typing import Any

import pytest

from slipway.cli.options import chosen, chosen_if_any
from slipway.cli.usage import UsageError


@pytest.mark.parametrize(
    ("environment", "local", "name"),
    [("prod", False, "prod"), (None, True, "local"), ("local", True, "local")],
)
def test_an_environment_is_named_or_local(environment: str | None, local: bool, name: str) -> None:
    assert chosen(environment, local) == name
    assert chosen_if_any(environment, local) == name


@pytest.mark.parametrize(("environment", "local"), [(None, False), ("prod", True)])
def test_none_and_two_are_refused(environment: str | None, local: bool) -> None:
    with pytest.raises(UsageError, match="--local"):
        chosen(environment, local)


BEHIND = "What belongs to the command goes behind --"


@pytest.mark.parametrize(
    ("verb", "where", "told_where"),
    [("run", ("--local",), "--local"), ("exec", ("-e", "prod"), "-e ENV")],
)
def test_an_option_of_the_command_is_told_where_it_belongs(
    run: Any, verb: str, where: tuple[str, ...], told_where: str
) -> None:
    code, _, err = run(verb, "storefront", *where, "ls", "-la")
    told = " ".join(err.replace("│", " ").split())
    assert code == 2
    assert f"No such option: -l. {BEHIND}" in told
    assert f"slipway {verb} SERVICE {told_where} -- COMMAND" in told


@pytest.mark.parametrize(
    "arguments", [("run", "storefront", "--fast", "--", "ls"), ("status", "storefront", "--fast")]
)
def test_a_mistyped_option_of_ours_is_nothing_more(run: Any, arguments: tuple[str, ...]) -> None:
    code, _, err = run(*arguments, "--local")
    assert (code, BEHIND in err) == (2, False)
    assert "No such option: --fast" in err


def test_where_none_is_needed_two_are_refused_all_the_same() -> None:
    assert chosen_if_any(None, local=False) is None
    with pytest.raises(UsageError, match="--local"):
        chosen_if_any("prod", local=True)
