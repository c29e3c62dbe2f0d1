from datetime import timedelta

import pytest

from slipway.settings.units import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("10s", timedelta(seconds=10)),
        ("5m", timedelta(minutes=5)),
        ("4h", timedelta(hours=4)),
        ("7d", timedelta(days=7)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
        ("0s", timedelta()),
    ],
)
def test_a_duration_is_read_and_written_the_same(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration
    assert format_duration(duration) == text


@pytest.mark.parametrize("text", ["", "10", "10 s", "s", "-5s", "1.5h", "30m1h", "5S", "\u0663s"])
def test_a_duration_without_a_clear_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration such as 10s"):
        parse_duration(text)


def test_sizes_are_mebibytes() -> None:
    assert parse_size("512MiB") == 512
    assert parse_size("2GiB") == 2048
    assert [format_size(size) for size in (512, 2048, 1536)] == ["512MiB", "2GiB", "1536MiB"]


@pytest.mark.parametrize("text", ["", "512", "512MB", "1 GiB", "1.5GiB", "-1GiB"])
def test_a_size_in_another_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a size such as 512MiB or 1GiB"):
        parse_size(text)
