"""What an environment runs and ran before, marked in the registry of the local AWS."""

from typing import Any

import pytest

from pipeline.errors import PipelineError
from pipeline.images.marks import live_in, mark_live


def mark(shelf: Any, digest: str, environment: str = "prod") -> str | None:
    return mark_live(shelf.ecr, shelf.name, digest, environment=environment)


def marked(shelf: Any, tag: str) -> str | None:
    found = shelf.ecr.batch_get_image(repositoryName=shelf.name, imageIds=[{"imageTag": tag}])
    return found["images"][0]["imageId"]["imageDigest"] if found["images"] else None


def test_first_release_marks_what_is_live(shelf: Any) -> None:
    first = shelf.push("build-1")
    assert mark(shelf, first) is None
    assert shelf.tags(first) == {"build-1", "live-prod"}
    assert marked(shelf, "previous-prod") is None


def test_next_release_moves_the_mark_and_keeps_what_was_live(shelf: Any) -> None:
    first, second = shelf.push("build-1"), shelf.push("build-2")
    mark(shelf, first)
    assert mark(shelf, second) == first
    assert marked(shelf, "live-prod") == second
    assert marked(shelf, "previous-prod") == first
    assert "live-prod" not in shelf.tags(first)


def test_marking_again_changes_nothing(shelf: Any) -> None:
    first, second = shelf.push(), shelf.push()
    mark(shelf, first)
    mark(shelf, second)
    assert mark(shelf, second) is None
    assert (marked(shelf, "live-prod"), marked(shelf, "previous-prod")) == (second, first)


def test_way_back_marks_the_older_image_as_live(shelf: Any) -> None:
    first, second = shelf.push(), shelf.push()
    for digest in (first, second, first):
        mark(shelf, digest)
    assert (marked(shelf, "live-prod"), marked(shelf, "previous-prod")) == (first, second)


def test_interrupted_in_between_what_serves_has_a_mark_and_again_completes_it(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = shelf.push(), shelf.push()
    mark(shelf, first)
    put, calls = shelf.ecr.put_image, []

    def once(**request: Any) -> Any:
        calls.append(request["imageTag"])
        if len(calls) > 1:
            raise KeyboardInterrupt
        return put(**request)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(shelf.ecr, "put_image", once)
        with pytest.raises(KeyboardInterrupt):
            mark(shelf, second)
    assert calls == ["previous-prod", "live-prod"]
    assert marked(shelf, "live-prod") == first
    mark(shelf, second)
    assert (marked(shelf, "live-prod"), marked(shelf, "previous-prod")) == (second, first)


def test_environments_have_marks_of_their_own(shelf: Any) -> None:
    first, second = shelf.push(), shelf.push()
    for digest, environment in ((first, "prod"), (second, "staging"), (second, "dev")):
        mark(shelf, digest, environment)
    assert live_in(shelf.ecr, shelf.name, first) == ("prod",)
    assert live_in(shelf.ecr, shelf.name, second) == ("dev", "staging")


def test_index_is_marked_like_an_image(shelf: Any) -> None:
    index = shelf.push_index({"linux/amd64": shelf.push(), "linux/arm64": shelf.push()})
    mark(shelf, index)
    assert marked(shelf, "live-prod") == index


def test_image_that_is_not_there_is_told(shelf: Any) -> None:
    with pytest.raises(PipelineError, match="serves prod and is not in the registry"):
        mark(shelf, f"sha256:{'0' * 64}")
