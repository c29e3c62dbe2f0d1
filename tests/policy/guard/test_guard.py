"""Our Guard rules: each one bites what it forbids, and passes what the project has.

``cases`` holds, for each rule, real resources of the project's templates and the changes that the
rule must find. A change is a path in the resource's properties (from its top with a ``/`` in
front) and its new value: null removes what is there, ``+`` appends. A resource that isn't there is
added; ``without`` names others to leave out, and ``found at`` the one that has the finding where
it isn't the changed one.
"""

import copy
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
import yaml
from stacks.policy import POLICIES, add_policy_checks, guard_files, template_validator

CASES = Path(__file__).parent / "cases"
TEXTS = {file.stem: file.read_text() for file in guard_files()}
# Rules in small letters are parts of others, and report nothing of their own.
RULES = {
    rule: file
    for file, text in TEXTS.items()
    for rule in re.findall(r"^rule ([A-Z0-9_]+)\b", text, re.MULTILINE)
}
Resources = dict[str, dict[str, Any]]
Findings = set[tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """A change of one resource, and the rule that must find it."""

    number: int
    rule: str
    template: str
    resource: str
    changes: dict[str, Any]

    @property
    def file(self) -> str:
        return RULES[self.rule]

    @property
    def name(self) -> str:
        return f"{self.rule}-{self.number}"

    @property
    def finding(self) -> tuple[str, str]:
        return self.rule, self.changes.get("found at", self.resource)

    def applied_to(self, resources: Resources) -> Resources:
        changed = copy.deepcopy(resources)
        for name in _list(self.changes.get("without", [])):
            changed.pop(name, None)
        resource = changed.setdefault(self.resource, {"Properties": {}})
        for path, value in self.changes.items():
            if path not in ("without", "found at"):
                in_resource = path[1:] if path.startswith("/") else f"Properties.{path}"
                _change(resource, in_resource.split("."), value)
        return _of_types(changed, self.file, self.resource)


def _cases() -> Iterator[Case]:
    for file in sorted(CASES.glob("*.yaml")):
        for rule, entries in yaml.safe_load(file.read_text()).items():
            for number, entry in enumerate(entries, start=1):
                ((place, changes),) = entry.items()
                yield Case(number, rule, *place.split("/"), changes)


EVERY_CASE = list(_cases())


@pytest.fixture(scope="module")
def resources(templates: Any) -> dict[str, Resources]:
    """The resources of each template, without the hashes that end their names."""
    return {
        name.removeprefix("shop-"): _without_hashes(template["Resources"])
        for name, template in templates.items()
    }


@pytest.fixture(scope="module")
def found(
    resources: dict[str, Resources], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Findings]:
    """What our rules find in each case, and in the same templates as they are: one run for all."""
    directory = tmp_path_factory.mktemp("templates")
    written = {case.name: case.applied_to(resources[case.template]) for case in EVERY_CASE} | {
        f"{case.file}-{case.template}": _of_types(resources[case.template], case.file)
        for case in EVERY_CASE
    }
    for name, content in written.items():
        (directory / f"{name}.json").write_text(json.dumps({"Resources": content}))
    reported: dict[str, Findings] = {name: set() for name in written}
    for violation in template_validator().validate(Templates(directory)).violations:
        for resource in violation.violating_resources:
            if violation.rule_name in RULES:
                reported[Path(resource.template_path).stem].add(
                    (violation.rule_name, resource.resource_logical_id)
                )
    return reported


@jsii.implements(cdk.IPolicyValidationContext)
class Templates:
    """The templates of a folder, as a synthesis hands them to the validator."""

    def __init__(self, directory: Path) -> None:
        self.paths = sorted(map(str, directory.iterdir()))
        self.app = cdk.App()

    @property
    def app_construct(self) -> Any:
        return self.app

    @property
    def template_paths(self) -> Any:
        return self.paths

    @property
    def stack_templates(self) -> Any:
        return [
            cdk.PolicyValidationStack(template_path=path, stack_construct_path=Path(path).stem)
            for path in self.paths
        ]


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: case.name)
def test_a_rule_finds_what_it_forbids(case: Case, found: dict[str, Findings]) -> None:
    assert case.finding in found[case.name]


def test_no_rule_finds_anything_in_the_templates_as_they_are(found: dict[str, Findings]) -> None:
    changed = {case.name for case in EVERY_CASE}
    assert not {name: findings for name, findings in found.items() if findings} .keys() - changed


def test_every_rule_has_a_case(found: dict[str, Findings]) -> None:
    cases = defaultdict(set)
    for case in EVERY_CASE:
        cases[case.file].add(case.rule)
    rules = defaultdict(set)
    for rule, file in RULES.items():
        rules[file].add(rule)
    assert cases == rules
    assert {file.stem for file in CASES.glob("*.yaml")} == rules.keys()


def _without_hashes(found: Resources) -> Resources:
    text = json.dumps(found)
    short = {name: re.sub("[0-9A-F]{8}$", "", name) for name in found}
    for name, new in short.items():
        if list(short.values()).count(new) == 1:
            text = text.replace(f'"{name}"', f'"{new}"')
    renamed: Resources = json.loads(text)
    return renamed


def _of_types(found: Resources, file: str, *more: str) -> Resources:
    """Only what the rules of a file speak of: the engine takes its time for each resource."""
    types = set(re.findall(r"AWS::\w+::\w+", TEXTS[file]))
    return {
        name: resource
        for name, resource in found.items()
        if name in more or resource["Type"] in types
    }


def _change(value: Any, path: list[str], new: Any) -> None:
    first, *rest = path
    if rest:
        if isinstance(value, list):
            _change(value[int(first)], rest, new)
        else:
            _change(value.setdefault(first, [] if rest == ["+"] else {}), rest, new)
    elif first == "+":
        value.append(new)
    else:
        key = int(first) if isinstance(value, list) else first
        if new is None:
            del value[key]
        else:
            value[key] = new


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
