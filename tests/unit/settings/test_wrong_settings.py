"""Every kind of wrong settings is one line, and nothing is written: see wrong_settings.yaml."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.cli import main

PRODUCTION = """\
account: "222222222222"
region: eu-west-1
availability_zones: [eu-west-1a, eu-west-1b]
network:
  cidr: 10.1.0.0/16
capacity:
  ec2:
    instance_types: [m6i.large]
domain:
  name: shop.example.com
  hosted_zone_id: Z0123456789
  certificate: arn:aws:acm:eu-west-1:222222222222:certificate/0-0
load_balancers:
  front:
    scheme: internet-facing
"""

WEB = """\
calls: [api]
environments:
  prod:
    load_balancer: { shared: front }
"""

API = """\
port: 8080
cpu: 256
memory: 512MiB
capacity: { ec2: {} }
environments:
  prod:
    load_balancer: { shared: front, port: 8443, test_port: 9001 }
"""

# What the shop has besides, in the part of wrong_settings.yaml that is about it.
PIPELINE = "The pipeline"
ADDED = {
    PIPELINE: {
        "slipway.yaml": """\
pipeline:
  host: { provider: github }
  repository: example/shop
""",
        "environments/dev.yaml": "pipeline: { after: [] }\n",
        "environments/prod.yaml": "pipeline: { after: [dev] }\n",
    }
}

KINDS = [
    pytest.param(part, kind["changes"], kind["told"], id=kind["kind"])
    for part, kinds in yaml.safe_load(
        Path(__file__).with_name("wrong_settings.yaml").read_text(encoding="utf-8")
    ).items()
    for kind in kinds
]


@pytest.fixture
def shop(project: Any) -> Any:
    """Two environments and two services, on Fargate and on EC2, that share a load balancer."""
    project.write("environments/prod.yaml", PRODUCTION)
    project.append("services/web/service.yaml", WEB)
    project.write("services/api/service.yaml", API)
    return project


def extend(shop: Any, part: str) -> None:
    for file, text in ADDED.get(part, {}).items():
        shop.append(file, text)


def change(shop: Any, file: str, **how: str) -> None:
    text = {key: re.sub(r"<(\d+) x>", lambda n: "x" * int(n[1]), each) for key, each in how.items()}
    if "add" in text:
        shop.append(file, text["add"].rstrip("\n") + "\n")
    elif "replace" in text:
        shop.replace(file, text["replace"], text["by"])
    elif "like" in text:
        shop.write(file, (shop.root / text["like"]).read_text(encoding="utf-8"))
    elif "bytes" in text:
        (shop.root / file).write_bytes(bytes.fromhex(text["bytes"]))
    else:
        shop.write(file, text["write"])


def files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_shop_is_right_before_it_is_changed(shop: Any) -> None:
    assert list(shop.load().services("prod")) == ["api", "web"]
    extend(shop, PIPELINE)
    assert [[each.name for each in wave] for wave in shop.load().waves] == [["dev"], ["prod"]]


@pytest.mark.parametrize(("part", "changes", "told"), KINDS)
def test_a_wrong_setting_is_one_line_and_nothing_is_written(
    shop: Any,
    part: str,
    changes: list[dict[str, str]],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    extend(shop, part)
    for each in changes:
        change(shop, **each)
    before = files(shop.root)
    # The command that writes lock files, where settings are right.
    monkeypatch.setattr(sys, "argv", ["slipway", "lock", "--root", str(shop.root)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert capsys.readouterr() == ("", f"{told}\n")
    assert ended.value.code == 2
    assert files(shop.root) == before


def test_each_kind_names_its_file_and_line() -> None:
    tolds = [kind.values[2] for kind in KINDS]
    assert all(re.match(r"[a-zA-Z0-9_./-]+:[0-9]+: .", str(told)) for told in tolds)
    assert len(set(tolds)) == len(tolds) > 100


def test_the_command_ends_the_same_as_a_process_of_its_own(shop: Any) -> None:
    shop.replace("environments/dev.yaml", "min: 0", "min: 5")
    before = files(shop.root)
    ended = subprocess.run(
        [sys.executable, "-m", "slipway", "lock"],
        cwd=shop.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "environments/dev.yaml:10: capacity.ec2.max must be at least capacity.ec2.min (4 < 5)\n"
    )
    assert files(shop.root) == before
