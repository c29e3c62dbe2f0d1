"""What goes into a build and what comes out of it."""

import json

import pytest


def test_executable_bits_and_links_arrive_with_the_source(builder):
    builder.put_source(
        {"scripts/run": "#!/bin/sh\necho it runs\n", "data": "no program", "link": "scripts/run"},
        modes={"scripts/run": 0o100755, "link": 0o120777},
    )
    build = builder.run("scripts/run", "./link", "test ! -x data", "readlink link")
    assert build["buildStatus"] == "SUCCEEDED"
    assert builder.printed(build) == ["it runs", "it runs", "scripts/run"]


@pytest.mark.parametrize(
    ("files", "modes", "why"),
    [
        ({"../outside": "x"}, {}, "../outside leads out of it"),
        ({"a/link": "../.."}, {"a/link": 0o120777}, "the link a/link leads out of it, to ../.."),
    ],
)
def test_a_source_that_leads_out_of_its_directory_is_refused(builder, builds, files, modes, why):
    builder.put_source(files, modes=modes)
    build = builder.run("echo never")
    assert builds.phases(build)["DOWNLOAD_SOURCE"] == "FAILED"
    assert why in json.dumps(build["phases"], default=str)


def test_a_source_that_is_not_there_fails_the_build(builder, builds):
    builder.client("s3").delete_object(Bucket=builder.bucket, Key="source.zip")
    build = builder.run("echo never")
    assert builds.phases(build)["DOWNLOAD_SOURCE"] == "FAILED"
    assert f"s3://{builder.bucket}/source.zip" in json.dumps(build["phases"], default=str)


def test_an_output_holds_the_files_below_its_base_directory(builder, builds):
    builder.make(
        builds.spec(
            "mkdir -p out/deep/.hidden out/empty",
            "echo top >out/top.txt",
            "echo deep >out/deep/.hidden/deep.txt",
            "printf '#!/bin/sh\\n' >out/deep/run; chmod 755 out/deep/run",
            artifacts={"base-directory": "out", "files": ["**/*"]},
        )
    )
    assert builder.ended(builder.start())["buildStatus"] == "SUCCEEDED"
    output = builder.output()
    assert sorted(output.namelist()) == ["deep/.hidden/deep.txt", "deep/run", "top.txt"]
    assert output.read("top.txt") == b"top\n"
    assert (output.getinfo("deep/run").external_attr >> 16) & 0o777 == 0o755


def test_an_output_of_patterns_can_lose_its_paths(builder, builds):
    builder.make(
        builds.spec(
            "mkdir -p a/b && touch one.txt one.md a/two.txt a/b/three.txt",
            artifacts={"files": ["*.txt", "a/b/**/*"], "discard-paths": "yes"},
        )
    )
    builder.ended(builder.start())
    assert sorted(builder.output().namelist()) == ["one.txt", "three.txt"]


@pytest.mark.parametrize(
    ("artifacts", "why"),
    [
        ({"files": ["nothing/**/*"]}, "no matching artifact paths found"),
        (
            {"base-directory": "nowhere", "files": ["**/*"]},
            "no matching base directory path found for nowhere",
        ),
    ],
)
def test_an_output_whose_files_are_missing_fails_the_build(builder, builds, artifacts, why):
    builder.make(builds.spec("true", artifacts=artifacts))
    build = builder.ended(builder.start())
    assert build["buildStatus"] == "FAILED"
    upload = next(each for each in build["phases"] if each["phaseType"] == "UPLOAD_ARTIFACTS")
    assert upload["contexts"] == [{"statusCode": "CLIENT_ERROR", "message": why}]


def test_a_failed_build_still_gives_what_it_has(builder, builds):
    builder.make(builds.spec("echo so far >report", "false", artifacts={"files": ["report"]}))
    assert builder.ended(builder.start())["buildStatus"] == "FAILED"
    assert builder.output().read("report") == b"so far\n"


def test_the_buildspec_may_be_a_file_of_the_source(builder, builds):
    builder.put_source({"ci/build.yaml": json.dumps(builds.spec("echo from a file"))})
    builder.make("ci/build.yaml", artifacts={"type": "NO_ARTIFACTS"})
    build = builder.ended(builder.start())
    assert builder.printed(build) == ["from a file"]


@pytest.mark.parametrize(
    ("buildspec", "why"),
    [
        ("nowhere.yaml", "stat nowhere.yaml: no such file or directory"),
        (
            {"version": "0.2", "phases": {"build": {"commands": ["true"]}}, "cache": {}},
            "the buildspec: cache is not carried out here, only version, env, phases, artifacts",
        ),
    ],
)
def test_a_buildspec_that_is_not_carried_out_fails_before_any_command(
    builder, builds, buildspec, why
):
    builder.make(buildspec, artifacts={"type": "NO_ARTIFACTS"})
    build = builder.ended(builder.start())
    source = next(each for each in build["phases"] if each["phaseType"] == "DOWNLOAD_SOURCE")
    assert source["contexts"] == [{"statusCode": "YAML_FILE_ERROR", "message": why}]
    assert "INSTALL" not in builds.phases(build)
