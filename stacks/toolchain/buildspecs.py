"""What the pipeline's CodeBuild projects run: commands that a person can run, too."""

from collections.abc import Mapping, Sequence
from typing import Any

from slipway_constructs.pipeline.steps import OUTPUT

# Which versions CodeBuild's image offers:
# https://docs.aws.amazon.com/codebuild/latest/userguide/available-runtimes.html
_PYTHON = {"python": "3.13"}
_NODE = {"nodejs": "22"}

# The few packages that `python -m pipeline` needs: most builds do without the CDK.
_LIGHT = ("python3 scripts/set_up.py --only pipeline",)


def build_images(architecture: str) -> dict[str, Any]:
    """Build, push and document the images of one architecture."""
    return _buildspec(
        install=_LIGHT,
        build=[f".venv/bin/python -m pipeline build --architecture {architecture} --output out"],
        output="out",
    )


def test() -> dict[str, Any]:
    """Run what a person runs before a commit."""
    # Checks ask git which files there are, and the source comes without its history.
    return _buildspec(
        install=["make set-up"], build=["git init --quiet", "make check", "make test"]
    )


def synthesise(architectures: Sequence[str]) -> dict[str, Any]:
    """Say which image each service gets, having looked at what is known of it; then synthesise."""
    built = " ".join(f'"${source_of(images_step(each))}"' for each in architectures)
    return _buildspec(
        runtimes=_PYTHON | _NODE,
        install=["python3 scripts/set_up.py --only synthesis"],
        build=[
            f".venv/bin/python -m pipeline images {built} --output build/images.json",
            ".venv/bin/python -m slipway lock --check",
            "scripts/cdk synth --quiet",
        ],
        output="cdk.out",
    )


def release(exported: Sequence[str]) -> dict[str, Any]:
    """Run what an action's variable STEP says: render, prepare, check or changes.

    Parameters
    ----------
    exported
        The variables for later actions; a step that has none writes none.
    """
    return _buildspec(
        install=(*_LIGHT, "mkdir -p out", "touch out/variables"),
        # The inner shell fills in where CodeBuild has put the action's inputs.
        build=['sh -c "exec .venv/bin/python -m pipeline $STEP"', ". out/variables"],
        output="out",
        exported=exported,
    )


def before_publishing() -> dict[str, Any]:
    """Do what the library's own commands, which publish assets, need first.

    The library declares a version of the schema of assemblies that the newest cdk-assets (4.7.3)
    refuses, one too new for it. Lists of assets are the same in both versions: the difference is in
    what the CDK's command line reads.
    """
    older = 's/"version": "55[.]0[.]0"/"version": "54.0.0"/'
    command = f"find . -name '*.assets.json' -exec sed -i '{older}' {{}} +"
    return {"phases": {"pre_build": {"commands": [command]}}}


def images_step(architecture: str) -> str:
    """Name the action that builds the images of one architecture."""
    return f"Images-{architecture}"


def source_of(step: str) -> str:
    """Name the variable that says where the output of a step was put.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    """
    return f"CODEBUILD_SRC_DIR_{artifact_of(step)}"


def artifact_of(step: str) -> str:
    """Name the artifact of a step, as the library does: letters, digits and _ only."""
    return "".join(char if char.isalnum() else "_" for char in f"{step}_{OUTPUT}")


def _buildspec(
    *,
    install: Sequence[str],
    build: Sequence[str],
    runtimes: Mapping[str, str] = _PYTHON,
    output: str | None = None,
    exported: Sequence[str] = (),
) -> dict[str, Any]:
    # https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
    return {
        "version": "0.2",
        **({"env": {"exported-variables": list(exported)}} if exported else {}),
        "phases": {
            "install": {"runtime-versions": dict(runtimes), "commands": list(install)},
            "build": {"commands": list(build)},
        },
        **({"artifacts": {"base-directory": output, "files": ["**/*"]}} if output else {}),
    }
