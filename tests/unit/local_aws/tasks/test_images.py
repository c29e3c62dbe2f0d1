import json

import pytest

from slipway.local_aws.tasks.images import CannotPullContainerError, pull

HEX = "a" * 64


def test_digest_names_the_directory(tmp_path):
    (tmp_path / HEX).mkdir()
    content = {"command": ["serve"], "environment": {"A": "1"}, "working_directory": "/srv"}
    (tmp_path / HEX / "image.json").write_text(json.dumps(content))
    image = pull(f"repository/web@sha256:{HEX}", tmp_path, role="", account="")
    assert (image.command, image.environment) == (("serve",), {"A": "1"})
    assert str(image.working_directory) == "/srv"


@pytest.mark.parametrize(
    "reference", [f"repository/web@sha256:{'0' * 64}", "repository/web:latest"]
)
def test_image_that_is_not_there_can_not_be_pulled(tmp_path, reference):
    with pytest.raises(CannotPullContainerError, match=r"^CannotPullContainerError: "):
        pull(reference, tmp_path, role="", account="")
