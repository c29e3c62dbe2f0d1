import json
from pathlib import Path

import pytest

from stacks.images import read_digests

DIGEST = "sha256:" + "a" * 64


def test_digests_are_read_by_service(tmp_path: Path) -> None:
    file = tmp_path / "images.json"
    file.write_text(json.dumps({"storefront": DIGEST}))
    assert read_digests(file) == {"storefront": DIGEST}


def test_a_service_may_get_its_image_later(tmp_path: Path) -> None:
    file = tmp_path / "images.json"
    file.write_text(json.dumps({"search": None}))
    assert read_digests(file) == {"search": None}


def test_a_fresh_clone_has_no_digests(tmp_path: Path) -> None:
    assert read_digests(tmp_path / "build" / "images.json") == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"sha256"',
        b'{"storefront": 7}',
        b'{"storefront": "latest"}',
        b'{"storefront": "sha256:abc"}',
        b'{"storefront": "sha256:' + b"A" * 64 + b'"}',
        b'{"storefront": "sha256:' + b"a" * 65 + b'"}',
    ],
)
def test_a_broken_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "images.json"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"build (the images|its image) again") as caught:
        read_digests(file)
    assert type(caught.value) is ValueError
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
