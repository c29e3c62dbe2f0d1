"""What happens to a buildspec's commands: real processes, in one shell, phase after phase."""

from pathlib import Path

import pytest

ORDER = ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"]


def buildspec(**phases):
    return {"version": "0.2", "phases": phases}


@pytest.fixture
def built(builder):
    """Build a buildspec, and return the build."""

    def build(said, **request):
        builder.make(said, artifacts={"type": "NO_ARTIFACTS"})
        return builder.ended(builder.start(**request))

    return build


def test_the_phases_run_in_their_order_whatever_order_they_are_written_in(builder, builds, built):
    build = built(
        buildspec(
            post_build={"commands": ["echo post_build"]},
            build={"commands": ["echo build"], "finally": ["echo at last"]},
            install={"runtime-versions": {"python": "3.13"}, "commands": ["echo install"]},
            pre_build={"commands": ["echo pre_build"]},
        )
    )
    assert build["buildStatus"] == "SUCCEEDED"
    assert builder.printed(build) == ["install", "pre_build", "build", "at last", "post_build"]
    assert list(builds.phases(build)) == [
        *("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"),
        *ORDER,
        *("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
    ]


def test_a_failing_command_ends_its_phase_and_says_what_it_was(builder, builds, built):
    build = built(buildspec(build={"commands": ["echo first", "(exit 7)", "echo never"]}))
    assert build["buildStatus"] == "FAILED"
    assert builder.printed(build) == ["first"]
    failed = next(phase for phase in build["phases"] if phase["phaseStatus"] == "FAILED")
    assert failed["phaseType"] == "BUILD"
    assert failed["contexts"] == [
        {
            "statusCode": "COMMAND_EXECUTION_ERROR",
            "message": "Error while executing command: (exit 7). Reason: exit status 7",
        }
    ]


def test_post_build_runs_after_a_failed_build_and_knows_it(builder, builds, built):
    tell = "echo succeeding $CODEBUILD_BUILD_SUCCEEDING"
    build = built(
        buildspec(
            pre_build={"commands": [tell]},
            build={"commands": ["false"], "finally": [tell]},
            post_build={"commands": [tell]},
        )
    )
    assert build["buildStatus"] == "FAILED"
    assert builder.printed(build) == ["succeeding 1", "succeeding 0", "succeeding 0"]
    assert builds.phases(build)["POST_BUILD"] == "SUCCEEDED"


@pytest.mark.parametrize("phase", ["install", "pre_build"])
def test_a_failure_before_the_build_ends_it_without_an_output(builder, builds, phase):
    said = buildspec(**{phase: {"commands": ["false"]}, "build": {"commands": ["echo never"]}})
    said["artifacts"] = {"files": ["README"]}
    builder.make(said)
    build = builder.ended(builder.start())
    assert builder.printed(build) == []
    assert not {"BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"} & builds.phases(build).keys()
    assert builds.phases(build)["FINALIZING"] == "SUCCEEDED"


def test_on_failure_decides_whether_the_build_goes_on(builder, built):
    build = built(
        buildspec(
            install={"commands": ["false"], "on-failure": "CONTINUE"},
            build={"commands": ["echo build", "false"], "on-failure": "ABORT"},
            post_build={"commands": ["echo never"]},
        )
    )
    assert build["buildStatus"] == "FAILED"
    assert builder.printed(build) == ["build"]


def test_variables_functions_and_the_directory_live_on(builder, built):
    builder.put_source({"folder/file": "content\n"})
    build = built(
        buildspec(
            install={"commands": ["cd folder", "SAID=kept", "greet() { echo hello $1; }"]},
            build={"commands": ["greet there", "echo $SAID", "cat file"]},
        )
    )
    assert builder.printed(build) == ["hello there", "kept", "content"]


def test_a_command_may_end_the_shell_and_the_next_finds_what_was_exported(builder, built):
    builder.put_source({"folder/file": "content\n"})
    build = built(
        buildspec(
            build={"commands": ["cd folder", "export SAID=kept", "set -e\nfalse\necho never"]},
            post_build={"commands": ["echo $SAID", "cat file", "exit 0", "if", "echo never"]},
        )
    )
    assert builder.printed(build)[:2] == ["kept", "content"]
    contexts = [phase["contexts"][0]["message"] for phase in build["phases"][6:8]]
    assert contexts[0].endswith("Reason: exit status 1")
    # "if" alone is a mistake of the syntax.
    assert contexts[1] == "Error while executing command: if. Reason: exit status 2"
    assert "never" not in builder.printed(build)


def test_what_a_command_leaves_running_holds_nobody_up(builder, builds, built):
    build = built(buildspec(build={"commands": ["sleep 600 & echo $!"]}))
    assert build["buildStatus"] == "SUCCEEDED"
    [process_id] = builder.printed(build)
    assert not Path(f"/proc/{process_id}").exists()


def test_the_shell_is_the_one_that_the_buildspec_names(builder, built):
    said = buildspec(build={"commands": ["[[ yes == y* ]] && echo bash"]})
    build = built({**said, "env": {"shell": "bash"}})
    assert builder.printed(build) == ["bash"]


def test_exported_variables_have_the_values_of_the_end(builder, built):
    said = buildspec(
        install={"commands": ["export EARLY=1 LATE=1"]},
        post_build={"commands": ["export LATE='two words'", "NOT_EXPORTED=x"]},
    )
    said["env"] = {"exported-variables": ["EARLY", "LATE", "NOT_EXPORTED", "NEVER_SET"]}
    assert built(said)["exportedEnvironmentVariables"] == [
        {"name": "EARLY", "value": "1"},
        {"name": "LATE", "value": "two words"},
    ]


def test_lines_reach_the_log_in_the_order_in_which_they_were_printed(builder, built):
    build = built(
        buildspec(build={"commands": ["echo out; echo err >&2", "printf unfinished", "echo ü"]})
    )
    lines = [line.split(" ", 3)[-1] for line in builder.log(build)]
    begin = lines.index("Entering phase BUILD")
    assert lines[begin + 1 : begin + 8] == [
        "Running command echo out; echo err >&2",
        "out",
        "err",
        "Running command printf unfinished",
        "unfinished",
        "Running command echo ü",
        "ü",
    ]
    assert build["logs"]["streamName"] == build["id"].partition(":")[2]
