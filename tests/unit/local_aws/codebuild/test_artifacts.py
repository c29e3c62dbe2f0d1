"""Which files are an output."""

import zipfile

import pytest

from slipway.local_aws.codebuild.artifacts import outputs_of, pack
from slipway.local_aws.codebuild.buildspec import Artifacts, Buildspec
from slipway.local_aws.codebuild.errors import PhaseFailedError
from slipway.local_aws.codebuild.order import BuildArtifact
from slipway.local_aws.codebuild.sources import unpack

MAIN, OTHER = Artifacts(("main",)), Artifacts(("other",))


@pytest.fixture
def packed(tmp_path):
    """Pack what patterns match of a small tree; return the names in the zip file."""
    source = tmp_path / "source"
    for path in ("a.txt", "b.md", ".hidden", "one/a.txt", "one/two/c.txt", "out-1/x", "out-2/y"):
        file = source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)

    def pack_them(*files, **options):
        zip_file = tmp_path / "packed.zip"
        pack(Artifacts(files, **options), source, zip_file)
        return sorted(zipfile.ZipFile(zip_file).namelist())

    pack_them.source = source
    return pack_them


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a.txt", ["a.txt"]),
        ("./a.txt", ["a.txt"]),
        ("*.txt", ["a.txt"]),
        ("?.*", ["a.txt", "b.md"]),
        ("*", [".hidden", "a.txt", "b.md"]),
        ("one/*", ["one/a.txt"]),
        ("one/**/*", ["one/a.txt", "one/two/c.txt"]),
        ("**/*.txt", ["a.txt", "one/a.txt", "one/two/c.txt"]),
        ("**/two/*", ["one/two/c.txt"]),
    ],
)
def test_patterns(packed, pattern, names):
    assert packed(pattern) == names


def test_several_base_directories_become_one_output(packed):
    assert packed("**/*", base_directory="out-*") == ["x", "y"]


def test_a_file_that_is_missing_among_others_is_passed_over(packed):
    assert packed("a.txt", "missing.txt") == ["a.txt"]


def test_links_are_kept_where_the_buildspec_says_so(packed, tmp_path):
    (packed.source / "link").symlink_to("a.txt")
    packed("link")
    unpack(tmp_path / "packed.zip", tmp_path / "followed")
    assert not (tmp_path / "followed/link").is_symlink()
    packed("link", "a.txt", enable_symlinks=True)
    unpack(tmp_path / "packed.zip", tmp_path / "kept")
    assert (tmp_path / "kept/link").is_symlink()
    assert (tmp_path / "kept/link").read_text() == "a.txt"


def test_a_link_to_a_directory_is_not_lost_silently(packed):
    (packed.source / "link").symlink_to("one")
    with pytest.raises(PhaseFailedError, match="enable-symlinks: yes"):
        packed("**/*")


def test_links_that_lead_out_in_two_steps_are_refused(tmp_path):
    zip_file = tmp_path / "bad.zip"
    with zipfile.ZipFile(zip_file, "w") as archive:
        for name, target in (("a/b/top", "../.."), ("out", "a/b/top/../x")):
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, target)
    with pytest.raises(ValueError, match="the link out leads out of it"):
        unpack(zip_file, tmp_path / "unpacked")


def names(buildspec, *outputs):
    wanted = [BuildArtifact(name, "bucket", name) for name in outputs]
    return [(output.name, said.files[0]) for output, said in outputs_of(buildspec, wanted)]


def test_one_output_is_the_main_one_and_several_go_by_name():
    both = Buildspec(artifacts=MAIN, secondary={"Other": OTHER, "Third": OTHER})
    assert names(both, "Anything") == [("Anything", "main")]
    assert names(both, "Other") == [("Other", "other")]
    assert names(both, "Third", "Other") == [("Third", "other"), ("Other", "other")]


@pytest.mark.parametrize(
    ("buildspec", "outputs"),
    [(Buildspec(), ("Only",)), (Buildspec(artifacts=MAIN, secondary={"A": OTHER}), ("A", "B"))],
)
def test_an_output_that_the_buildspec_does_not_know_fails_the_build(buildspec, outputs):
    with pytest.raises(PhaseFailedError, match=f"no artifacts for the output {outputs[-1]}"):
        names(buildspec, *outputs)
