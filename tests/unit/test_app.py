"""app.py, in this process; tests/rehearsal/test_app.py runs it as the CDK does."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3

import app


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path], int]:
    """Run it in this process, where the libraries are loaded already."""

    def run(settings: Path) -> int:
        original = cdk.App

        def new_app(*, context: dict[str, Any], **options: Any) -> cdk.App:
            return original(
                context=context | {"settings": str(settings)},
                outdir=str(tmp_path / "cdk.out"),
                analytics_reporting=False,
                **options,
            )

        monkeypatch.setattr(cdk, "App", new_app)
        return app.main()

    return run


def test_a_finding_that_nobody_acknowledged_fails_synthesis(
    clone: Path,
    tmp_path: Path,
    run_here: Callable[[Path], int],
    findings_of: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add_stacks = app.add_stacks

    def add_a_careless_bucket_too(cdk_app: cdk.App, **settings: Any) -> Any:
        aws_s3.Bucket(cdk.Stack(cdk_app, "Careless"), "Bucket", enforce_ssl=True)
        return add_stacks(cdk_app, **settings)

    monkeypatch.setattr(app, "add_stacks", add_a_careless_bucket_too)
    assert run_here(clone) == 1
    # Its lines only: what the library reports, it prints from another process.
    assert "acknowledge them beside" in capsys.readouterr().err
    report = SimpleNamespace(directory=tmp_path / "cdk.out")
    assert ("Careless/Bucket/Resource", "AwsSolutions-S1") in findings_of(report).open


def test_a_finding_fails_synthesis_where_the_command_line_would_not_tell_of_it(
    clone: Path,
    run_here: Callable[[Path], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`cdk synth` reports itself, and of stacks in a stage only if they are named."""
    add_stacks = app.add_stacks

    def add_a_careless_bucket_too(cdk_app: cdk.App, **settings: Any) -> Any:
        cdk_app.node.set_context("@aws-cdk/core:failSynthOnValidationErrors", False)
        stage = cdk.Stage(cdk_app, "Stage")
        aws_s3.Bucket(cdk.Stack(stage, "Careless"), "Bucket", enforce_ssl=True)
        return add_stacks(cdk_app, **settings)

    monkeypatch.setattr(app, "add_stacks", add_a_careless_bucket_too)
    assert run_here(clone) == 1
    said = capsys.readouterr().err.splitlines()
    assert any(
        line.startswith("Stage/Careless/Bucket/Resource: AwsSolutions-S1: ") for line in said
    )
    assert said[-1] == app.FINDINGS
