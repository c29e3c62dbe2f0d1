from pathlib import Path

import pytest

from slipway.page.writing import write_whole


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_whole(file, "once")
    write_whole(file, "zweimal, größer")
    assert file.read_text(encoding="utf-8") == "zweimal, größer"
    assert list(tmp_path.iterdir()) == [file]


def test_what_can_t_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_whole(file, "once")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "half of it \udcff")
    assert file.read_text(encoding="utf-8") == "once"
    assert list(tmp_path.iterdir()) == [file]
