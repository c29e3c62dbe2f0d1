"""Whatever is wrong in settings is told in a line for people, and nothing else happens."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from strategies import wrong_places, wrong_text
from strategies.applications import Application, applications
from strategies.broken import (
    VALUES,
    Broken,
    broken_by_place,
    broken_by_rules,
    broken_by_text,
    broken_by_values,
)
from strategies.wrong_environments import ENVIRONMENT_RULES
from strategies.wrong_services import SERVICE_RULES
from told import fault_in

from slipway.settings import SettingsError, load

ROOT = Path(__file__).resolve().parents[2]
SMALL = applications(fewest=1, most=2)


def file_of(application: Application, number: int) -> str:
    files = sorted(application.files())
    return files[number % len(files)]


def check_each(exploration: Any, parent: Path, each: Iterable[Broken]) -> None:
    for broken in each:
        with exploration.folder(parent) as folder:
            root = broken.write(folder)
            with pytest.raises(SettingsError) as caught:
                load(root)
                pytest.fail(f"{broken.kind} is taken for right")
        lines = caught.value.lines
        assert fault_in(lines) is None, f"{broken.kind}: {fault_in(lines)}"
        assert any(all(word in line for word in broken.told) for line in lines), (
            f"{broken.kind}: no line has {broken.told}: {lines[:3]}"
        )
        exploration.counts["invalid parsed"] += 1


def test_a_wrong_value_is_told_at_its_key(exploration: Any, tmp_path: Path) -> None:
    def check(broken: list[Broken]) -> None:
        check_each(exploration, tmp_path, broken)

    before = exploration.counts["invalid parsed"]
    exploration.each(exploration.examples.values, check, broken_by_values())
    assert exploration.counts["invalid parsed"] - before >= exploration.examples.values * VALUES


def test_a_broken_rule_is_told_at_its_key(exploration: Any, tmp_path: Path) -> None:
    def check(application: Application) -> None:
        check_each(exploration, tmp_path, broken_by_rules(application))

    kinds = len(ENVIRONMENT_RULES) + len(SERVICE_RULES)
    before = exploration.counts["invalid parsed"]
    exploration.each(exploration.examples.kinds, check, SMALL)
    assert exploration.counts["invalid parsed"] - before >= exploration.examples.kinds * kinds


def test_what_is_no_yaml_of_ours_is_told_with_its_file(exploration: Any, tmp_path: Path) -> None:
    def check(application: Application, number: int) -> None:
        file = file_of(application, number)
        check_each(exploration, tmp_path, broken_by_text(application, file))

    before = exploration.counts["invalid parsed"]
    exploration.each(exploration.examples.kinds, check, SMALL, st.integers(0, 9))
    expected = exploration.examples.kinds * len(wrong_text.KINDS)
    assert exploration.counts["invalid parsed"] - before >= expected


def test_a_file_in_a_wrong_place_is_told(exploration: Any, tmp_path: Path) -> None:
    def check(application: Application, number: int) -> None:
        file = file_of(application, number)
        check_each(exploration, tmp_path, broken_by_place(application, file))

    before = exploration.counts["invalid parsed"]
    exploration.each(exploration.examples.kinds, check, SMALL, st.integers(0, 9))
    expected = exploration.examples.kinds * len(wrong_places.KINDS)
    assert exploration.counts["invalid parsed"] - before >= expected


def test_the_commands_tell_it_and_end(exploration: Any, tmp_path: Path) -> None:
    """`slipway` and the CDK's app, each in a process of its own, as people start them."""

    def check(broken: list[Broken]) -> None:
        with exploration.folder(tmp_path) as folder:
            root = str(broken[0].write(folder))
            check_command([sys.executable, "-m", "slipway", "lock", "--root", root], 2)
            exploration.counts["commands"] += 1
            # It takes the CDK some seconds to start.
            if exploration.profile == "full":
                settings = json.dumps({"settings": root})
                check_command([sys.executable, "app.py"], 1, CDK_CONTEXT_JSON=settings)
                exploration.counts["commands"] += 1

    exploration.each(exploration.examples.commands, check, broken_by_values(), shrink=False)


def check_command(command: list[str], code: int, **environment: str) -> None:
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    assert fault_in(ended.stderr.splitlines()) is None, ended.stderr
