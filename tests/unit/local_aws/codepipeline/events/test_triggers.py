"""Which pushes start a pipeline."""

import pytest

from slipway.local_aws.codepipeline.events.triggers import Push, PushFilter


def push(reference="refs/heads/main", *files, is_new=False):
    return Push(reference, "0" * 40, is_new, lambda: files)


def admits(said, pushed):
    return PushFilter.parse(said).admits(pushed)


MAIN = {"branches": {"includes": ["main"]}}


def test_a_branch_that_is_included_starts_the_pipeline():
    assert admits(MAIN, push())
    assert not admits(MAIN, push("refs/heads/other"))


def test_what_is_excluded_wins():
    said = {"branches": {"includes": ["release/*"], "excludes": ["release/old*"]}}
    assert admits(said, push("refs/heads/release/7"))
    assert not admits(said, push("refs/heads/release/old-7"))


def test_without_includes_everything_else_starts_it():
    said = {"branches": {"excludes": ["wip/**"]}}
    assert admits(said, push("refs/heads/main"))
    assert not admits(said, push("refs/heads/wip/a/b"))


@pytest.mark.parametrize(
    ("files", "starts"),
    [
        (("src/a.py",), True),
        (("docs/a.md", "src/a.py"), True),
        (("docs/a.md",), False),
        (("src/a.md",), False),
        ((), False),
    ],
)
def test_one_file_that_passes_is_enough(files, starts):
    said = {**MAIN, "filePaths": {"includes": ["src/**"], "excludes": ["**.md"]}}
    assert admits(said, push("refs/heads/main", *files)) is starts


def test_a_new_branch_passes_no_filter_of_file_paths():
    said = {**MAIN, "filePaths": {"includes": ["**"]}}
    assert not admits(said, push("refs/heads/main", "a", is_new=True))
    assert admits(MAIN, push(is_new=True))


def test_tags_are_filtered_by_their_own_names():
    said = {"tags": {"includes": ["v*"], "excludes": ["v0*"]}}
    assert admits(said, push("refs/tags/v1"))
    assert not admits(said, push("refs/tags/v0.1"))
    assert not admits(said, push("refs/heads/v1"))
    assert not admits(MAIN, push("refs/tags/main"))
