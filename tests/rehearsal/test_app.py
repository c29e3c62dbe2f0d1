"""app.py as users meet it: a process that the CDK's command line starts, told by environment."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "tests" / "application", tmp_path / "clone"))


def run_app(settings: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Run it with no variable of AWS and none of an activated environment."""
    return subprocess.run(
        [str(ROOT / "scripts" / "python"), str(ROOT / "app.py")],
        cwd=out.parent,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(Path.home()),
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": json.dumps({"settings": str(settings)}),
            "CDK_VALIDATION": "false",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fresh_clone_can_be_synthesised_without_images(clone: Path, tmp_path: Path) -> None:
    assert not (clone / "build").exists()
    out = tmp_path / "cdk.out"
    result = run_app(clone, out)
    assert result.returncode == 0, result.stderr
    templates = {file.name for file in out.rglob("*.template.json")}
    assert len(templates) == 6
    assert any("sha256:" + "0" * 64 in file.read_text() for file in out.rglob("*.template.json"))


def test_a_wrong_setting_reaches_whoever_deploys_as_the_one_line(
    clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    file = clone / "services/storefront/service.yaml"
    file.write_text(file.read_text().replace("cpu: 256", "cpu: 257"))
    before = sorted(clone.rglob("*"))
    result = subprocess.run(
        [
            *(str(ROOT / "scripts" / "cdk"), "deploy", "Local/*", "--no-notices"),
            *("--context", f"settings={clone}", "--output", str(elsewhere / "cdk.out")),
        ],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(Path.home()),
            "CDK_HOME": str(elsewhere),
            # The command line looks for credentials before it runs the app.
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    told, ended = result.stderr.splitlines()
    line = 1 + file.read_text().splitlines().index("cpu: 257 # CPU units; 1024 are one vCPU")
    assert told == (
        f"services/storefront/service.yaml:{line}: cpu must be one of 256, 512, 1024, 2048, 4096, "
        "8192, 16384 on Fargate, not 257"
    )
    assert ended == "scripts/python app.py: Subprocess exited with error 1"
    assert sorted(clone.rglob("*")) == before
