"""The pinned cdk-assets reads what the pinned library writes: they are released apart."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]
CDK_ASSETS = ROOT / "node_modules" / "cdk-assets" / "bin" / "cdk-assets"


@pytest.fixture
def spec(pipeline_assembly):
    (file,) = Path(pipeline_assembly.directory).glob("buildspec-*.yaml")
    return yaml.safe_load(file.read_text())


def test_what_is_published_can_be_read(spec, pipeline_assembly, tmp_path, shell):
    (*_, command) = spec["phases"]["build"]["commands"]
    (name,) = re.findall(r'--path "(\S+)"', command)
    (tmp_path / name).parent.mkdir()
    shutil.copy(Path(pipeline_assembly.directory) / name, tmp_path / name)
    for each in spec["phases"]["pre_build"]["commands"]:
        shell(each, tmp_path)
    listed = shell(f"node {CDK_ASSETS} ls --path {name}", tmp_path)
    (asset,) = re.findall(r'publish "([0-9a-f]{64}):', command)
    assert asset in listed


@pytest.fixture
def shell():
    def run(command, folder):
        return subprocess.run(
            ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True
        ).stdout

    return run
