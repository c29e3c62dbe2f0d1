from pathlib import Path

import pytest

from slipway.dockerfile import context_files, ignored_by


@pytest.mark.parametrize(
    ("patterns", "path", "ignored"),
    [
        (["*", "!app/"], "tests/test_app.py", True),
        (["*", "!app/"], "app/main.py", False),
        (["*", "!app/", "**/__pycache__/"], "app/__pycache__/main.pyc", True),
        (["*.md"], "README.md", True),
        (["*.md"], "docs/README.md", False),
        (["**/*.md"], "docs/README.md", True),
        (["**/*.md"], "README.md", True),
        (["tests"], "tests/unit/test_app.py", True),
        (["tests"], "tests.py", False),
        (["*.md", "!README.md"], "README.md", False),
        (["/v?.txt"], "v1.txt", True),
        (["# tests", ""], "tests", False),
        (["docs/**"], "docs/pages/README.md", True),
        (["**.md"], "docs/README.md", False),
        (["v[0-9].txt"], "v1.txt", True),
        (["v[^0-9].txt"], "v1.txt", False),
        (["*", "!v[12]"], "v2", False),
        ([r"\[v\]"], "[v]", True),
        ([r"\[v\]"], "v", False),
    ],
)
def test_dockerignore_decides_as_docker_does(patterns: list[str], path: str, ignored: bool) -> None:
    assert ignored_by(patterns, path) is ignored


def test_files_and_links_that_are_left_are_found_in_order(tmp_path: Path) -> None:
    for path in ("b.py", "a/b.py", "tests/test_b.py", "a/__pycache__/b.pyc", ".dockerignore"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("tests\n.dockerignore\n")
    (tmp_path / "link").symlink_to("nowhere")
    assert list(context_files(tmp_path)) == ["a/b.py", "b.py", "link"]


def test_a_folder_without_dockerignore_is_there_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert list(context_files(tmp_path)) == ["a"]
