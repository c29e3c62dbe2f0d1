from __future__ import annotations

import pytest
from inventory.settings import Settings


def test_an_empty_environment_is_enough() -> None:
    assert Settings.from_environment({}) == Settings()


def test_variables_are_read_as_what_they_are() -> None:
    settings = Settings.from_environment(
        {"HOST": "127.0.0.1", "PORT": "0", "DRAIN_SECONDS": "0.25", "SOMETHING_ELSE": "1"}
    )
    assert settings == Settings(host="127.0.0.1", port=0, drain_seconds=0.25)


@pytest.mark.parametrize("text", ["", "eighty", "80.5", "-1", "65536"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^PORT is '.*': give a number from 0 to 65535$"):
        Settings.from_environment({"PORT": text})


@pytest.mark.parametrize("text", ["soon", "-0.1", "nan", "inf"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^KEEP_ALIVE_SECONDS is '.*': give a number"):
        Settings.from_environment({"KEEP_ALIVE_SECONDS": text})
