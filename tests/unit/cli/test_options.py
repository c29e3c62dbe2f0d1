"""Which environment is meant."""

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


def test_where_none_is_needed_two_are_refused_all_the_same() -> None:
    assert chosen_if_any(None, local=False) is None
    with pytest.raises(UsageError, match="--local"):
        chosen_if_any("prod", local=True)
