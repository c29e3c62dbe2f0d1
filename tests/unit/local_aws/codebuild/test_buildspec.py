"""What a build specification may say, and that everything else is refused with one sentence."""

import json
from pathlib import Path

import pytest

from slipway.local_aws.codebuild.buildspec import BuildspecError, Phase, parse

RECORDED = Path(__file__).resolve().parents[3] / "snapshots" / "recorded"


def buildspec(**sections):
    said = {"version": "0.2", "phases": {"build": {"commands": ["true"]}}, **sections}
    return json.dumps({name: value for name, value in said.items() if value is not None})


def test_text_stays_as_it_was_written():
    said = parse(
        """
        version: 0.2
        env:
          variables: {VERSION: 3.10, ANSWER: no, EMPTY: ""}
        phases:
          install:
            runtime-versions: {python: 3.10, nodejs: latest}
          build:
            commands:
              - echo "$VERSION"
              - |
                first
                second
            finally: [echo at last]
            on-failure: CONTINUE
        """
    )
    assert said.variables == {"VERSION": "3.10", "ANSWER": "no", "EMPTY": ""}
    assert said.shell == "/bin/sh"
    assert said.phases["install"] == Phase()
    assert said.phases["build"] == Phase(
        ('echo "$VERSION"', "first\nsecond\n"), ("echo at last",), "CONTINUE"
    )


def test_artifacts_with_all_that_they_can_say():
    artifacts = {
        "files": ["**/*"],
        "base-directory": "out",
        "discard-paths": "yes",
        "enable-symlinks": True,
        "name": "main",
        "secondary-artifacts": {"Other": {"files": ["a.txt"], "discard-paths": False}},
    }
    said = parse(buildspec(artifacts=artifacts))
    assert said.artifacts.files == ("**/*",)
    assert said.artifacts.base_directory == "out"
    assert said.artifacts.discard_paths
    assert said.artifacts.enable_symlinks
    assert said.secondary["Other"].files == ("a.txt",)
    assert not said.secondary["Other"].discard_paths


def test_secondary_artifacts_may_stand_alone():
    said = parse(buildspec(artifacts={"secondary-artifacts": {"A": {"files": ["a"]}}}))
    assert said.artifacts is None
    assert set(said.secondary) == {"A"}


def build(**phase):
    return {"phases": {"build": phase}}


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        ({"version": None}, "version: only 0.2 is carried out, not None"),
        ({"version": "0.1"}, "version: only 0.2 is carried out, not 0.1"),
        ({"phases": None}, "phases: the buildspec needs at least one"),
        (
            {"reports": {}},
            "the buildspec: reports is not carried out here, only version, env, phases, artifacts",
        ),
        (
            {"env": {"parameter-store": {}}},
            "env: parameter-store is not carried out here, "
            "only variables, exported-variables, shell",
        ),
        ({"env": []}, "env: it must be a mapping"),
        (
            {"env": {"shell": "fish"}},
            "env.shell: it must be one of sh, /bin/sh, bash, /bin/bash, not fish",
        ),
        ({"env": {"variables": {"A-B": "x"}}}, "env.variables: A-B is no name of a variable"),
        ({"env": {"variables": {"A": ["x"]}}}, "env.variables.A: it must be text"),
        (
            {"env": {"variables": {"CODEBUILD_X": "x"}}},
            "env.variables: CODEBUILD_X begins with CODEBUILD_, which is reserved",
        ),
        (
            {"env": {"exported-variables": ["AWS_REGION"]}},
            "env.exported-variables: AWS_REGION can't be exported",
        ),
        (
            {"env": {"exported-variables": "A"}},
            "env.exported-variables: it must be a list of texts",
        ),
        (
            {"phases": {"deploy": {"commands": []}}},
            "phases: deploy is not carried out here, only install, pre_build, build, post_build",
        ),
        (
            {"phases": {"install": {"runtime-versions": {"java": "21"}}}},
            "phases.install.runtime-versions: java is not carried out here, only python, nodejs",
        ),
        (
            build(finally_=[]),
            "phases.build: finally_ is not carried out here, only commands, finally, on-failure",
        ),
        (build(), "phases.build: it needs commands"),
        (build(commands="true"), "phases.build.commands: it must be a list of texts"),
        (build(commands=[{"echo": "x"}]), "phases.build.commands: it must be a list of texts"),
        (
            {"phases": {"build": {"commands": [], "on-failure": "RETRY"}}},
            "phases.build.on-failure: only ABORT and CONTINUE are carried out, not RETRY",
        ),
        ({"artifacts": {"name": "x"}}, "artifacts.files: they are required"),
        (
            {"artifacts": {"files": ["/etc/passwd"]}},
            "artifacts: /etc/passwd is not below the source",
        ),
        ({"artifacts": {"files": ["a/../../b"]}}, "artifacts: a/../../b is not below the source"),
        (
            {"artifacts": {"files": ["a"], "base-directory": "$OUT"}},
            "artifacts: variables in paths are not carried out ($OUT)",
        ),
        (
            {"artifacts": {"files": ["a"], "discard-paths": "perhaps"}},
            "artifacts.discard-paths: it must be one of yes, true, no, false, not perhaps",
        ),
        (
            {"artifacts": {"secondary-artifacts": {"a-b": {"files": ["a"]}}}},
            "artifacts.secondary-artifacts: a-b may consist of letters, digits and _ only",
        ),
    ],
)
def test_what_is_not_carried_out_is_refused(sections, sentence):
    with pytest.raises(BuildspecError) as refusal:
        parse(buildspec(**sections))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("text", ["", "just text", "- a\n- list", "version: [", "a: {b: c"])
def test_what_is_no_buildspec_at_all_is_refused_in_one_line(text):
    with pytest.raises(BuildspecError) as refusal:
        parse(text)
    assert "\n" not in str(refusal.value)


def test_every_buildspec_of_the_pipeline_is_carried_out():
    found = 0
    for file in RECORDED.glob("*-toolchain.json"):
        for resource in json.loads(file.read_text())["Resources"].values():
            said = resource.get("Properties", {}).get("Source", {}).get("BuildSpec", "")
            if resource["Type"] == "AWS::CodeBuild::Project" and said.startswith("{"):
                assert parse(said).phases["build"].commands
                found += 1
    assert found
