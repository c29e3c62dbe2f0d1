"""Wrong settings, as whoever deploys meets them: through the CDK's command line, a process."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "tests" / "application", tmp_path / "clone"))


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
