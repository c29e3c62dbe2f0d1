from pathlib import Path

import pytest

from slipway.rehearsal.dockerfile import Dockerfile
from slipway.rehearsal.errors import RehearsalError


def read(tmp_path: Path, text: str) -> Dockerfile:
    file = tmp_path / "storefront" / "Dockerfile"
    file.parent.mkdir()
    file.write_text(text)
    return Dockerfile.read(file)


def test_last_stage_counts(tmp_path: Path) -> None:
    dockerfile = read(
        tmp_path,
        """\
FROM python AS builder
ENV ONLY=builder
CMD ["build"]

FROM python
# CMD ["not", "this"]
ENV PATH=/opt/venv/bin:$PATH \\
    # a comment between continued lines
    GREETING="Hello there" \\
    PORT=8080
ENV OLD the form of old
HEALTHCHECK --interval=10s \\
    CMD ["python", "-m", "storefront.health"]
CMD ["python", "-m", "storefront"]
""",
    )
    assert dockerfile.command == ("python", "-m", "storefront")
    assert dockerfile.environment == {
        "GREETING": "Hello there",
        "PORT": "8080",
        "OLD": "the form of old",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM a\n\nCMD python -m app\n", r"storefront/Dockerfile:3: CMD must be in exec form"),
        ("FROM a\nCMD []\n", r"storefront/Dockerfile:2: CMD must be in exec form"),
        ('FROM a\nCMD ["a"]\nFROM b\n', r"storefront/Dockerfile: the last stage has no CMD"),
        ("FROM a\nENV A=${B}\n", r"storefront/Dockerfile:2: ENV A refers to a variable"),
    ],
)
def test_what_the_rehearsal_cannot_run_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RehearsalError, match=message):
        read(tmp_path, text)
