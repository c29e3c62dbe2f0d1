from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from storefront.settings import Settings, SettingsError


def test_only_the_secret_is_required() -> None:
    settings = Settings.from_environment({"SESSION_KEY": "k"})
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)  # noqa: S104
    assert settings.log_level == logging.INFO
    assert settings.metadata_address is None


def test_the_environment_decides() -> None:
    settings = Settings.from_environment(
        {
            "SESSION_KEY": "k",
            "HOST": "127.0.0.1",
            "PORT": "9090",
            "GREETING": "Good evening",
            "INVENTORY_URL": "http://inventory.test.shop.internal:8080",
            "LOG_LEVEL": "debug",
            "DRAIN_SECONDS": "0.5",
            "GRACEFUL_SHUTDOWN_SECONDS": "20",
            "KEEP_ALIVE_SECONDS": "130",
            "ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:51678/v4/abc",
        }
    )
    assert settings == Settings(
        session_key="k",
        host="127.0.0.1",
        port=9090,
        greeting="Good evening",
        inventory_url="http://inventory.test.shop.internal:8080",
        log_level=logging.DEBUG,
        drain_time=timedelta(seconds=0.5),
        graceful_shutdown=timedelta(seconds=20),
        keep_alive=timedelta(seconds=130),
        metadata_address="http://127.0.0.1:51678/v4/abc",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_KEY", ""),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("INVENTORY_URL", "inventory:8080"),
        ("INVENTORY_URL", "http://:8080"),
        ("INVENTORY_URL", "http://inventory:http"),
        ("LOG_LEVEL", "loud"),
        ("DRAIN_SECONDS", "soon"),
        ("DRAIN_SECONDS", "-1"),
        ("KEEP_ALIVE_SECONDS", "nan"),
    ],
)
def test_a_wrong_value_is_refused_by_its_variable_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({"SESSION_KEY": "k"} | {name: value})


def test_the_secret_never_shows_in_a_printed_settings_object() -> None:
    assert "hidden" not in repr(Settings(session_key="hidden"))
