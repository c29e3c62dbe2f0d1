"""Our Guard rules: each one bites what it forbids, and passes what the project has.

``cases`` holds, for each rule, real resources of the project's templates and the changes that the
rule must find. A change is a path in the resource's properties (from its top with a ``/`` in
front) and its new value: null removes what is there, ``+`` appends. A resource that isn't there is
added; ``without`` names others to leave out, and ``found at`` the one that has the finding where
it isn't the changed one.
"""

import copy
import json
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

from slipway_constructs.findings import acknowledge
from stacks.policy import GUARD_RULES, add_policy_checks, guard_files, template_validator

CASES = Path(__file__).parent / "cases"
TEXTS = {file.stem: file.read_text() for file in guard_files()}
# Rules in small letters are parts of others, and report nothing of their own.
RULES = {
    rule: file
    for file, text in TEXTS.items()
    for rule in re.findall(r"^rule ([A-Z0-9_]+)\b", text, re.MULTILINE)
}
# What each variable that all rules share is made of.
VARIABLES = dict(
    re.findall(r"^let (\w+) = (.*?)(?=\n\n|\nlet |\n#|\Z)", TEXTS["resources"], re.M | re.S)
)
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
    file_of = {case.name: case.file for case in EVERY_CASE}
    file_of |= {f"{case.file}-{case.template}": case.file for case in EVERY_CASE}
    reported: dict[str, Findings] = {name: set() for name in written}
    for violation in template_validator().validate(Templates(directory)).violations:
        for resource in violation.violating_resources:
            name = Path(resource.template_path).stem
            if RULES.get(violation.rule_name) == file_of[name]:
                reported[name].add((violation.rule_name, resource.resource_logical_id))
                # Guard has words of its own for what it doesn't find; they help nobody.
                assert "Guard check" not in violation.description, violation
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
    assert found.keys() - changed
    for name in found.keys() - changed:
        assert not found[name], name


def test_every_rule_has_a_case() -> None:
    cases = defaultdict(set)
    for case in EVERY_CASE:
        cases[case.file].add(case.rule)
    rules = defaultdict(set)
    for rule, file in RULES.items():
        rules[file].add(rule)
    assert cases == rules


def test_a_name_means_one_thing_in_all_files() -> None:
    """They are read as one, and the last that has a name would win without a word."""
    text = "\n".join(TEXTS.values())
    for kind in (r"^rule (\w+)", r"^let (\w+)", r"\[ (\w+) \|"):
        names = re.findall(kind, text, re.MULTILINE)
        assert len(names) == len(set(names)) > 0, kind


def test_the_page_lists_every_rule_and_what_it_protects() -> None:
    page = (GUARD_RULES / "README.md").read_text()
    for file, text in TEXTS.items():
        for comment, rule in re.findall(r"((?:^# .*\n)+)rule ([A-Z0-9_]+)\b", text, re.MULTILINE):
            protects = " ".join(line.removeprefix("# ") for line in comment.splitlines())
            assert f"| `{rule}` | {protects} |\n" in page, (
                f"add to {file}:\n| `{rule}` | {protects} |"
            )
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == RULES.keys()


def test_a_synthesis_runs_the_rules_of_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And an acknowledgement takes one finding, at the construct that it is about."""
    app = _app_with_findings(tmp_path, monkeypatch, validation="true")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    (report,) = [
        each
        for each in json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
        if each["pluginName"] == "CloudFormation Validate"
    ]
    ours = [each for each in report["violations"] if each["ruleName"] in RULES]
    assert {RULES[each["ruleName"]] for each in ours} == TEXTS.keys() - {"resources"}
    open_ones = {
        (each["ruleName"], construct["constructPath"])
        for each in ours
        for construct in each["violatingConstructs"]
    }
    assert ("LOGS_END_AND_ARE_ENCRYPTED", "Stack/Open") in open_ones
    assert ("LOGS_END_AND_ARE_ENCRYPTED", "Stack/Acknowledged") not in open_ones
    assert {
        (each["ruleName"], each["acknowledgedAt"], each["reason"])
        for each in report["suppressedViolations"]
    } == {("LOGS_END_AND_ARE_ENCRYPTED", "Stack/Acknowledged", "Its reason.")}


def test_the_inner_loop_synthesises_without_the_validator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _app_with_findings(tmp_path, monkeypatch, validation="false").synth()
    assert "CloudFormation Validate" not in (tmp_path / "validation-report.json").read_text()


def _app_with_findings(
    directory: Path, monkeypatch: pytest.MonkeyPatch, *, validation: str
) -> cdk.App:
    monkeypatch.setenv("CDK_VALIDATION", validation)
    app = cdk.App(
        outdir=str(directory), context={"@aws-cdk/core:validateAgainstDefaultRules": True}
    )
    add_policy_checks(app)
    stack = cdk.Stack(app, "Stack")
    tags = [{"Key": f"slipway:{each}", "Value": "x"} for each in ("application", "owner")]
    for name, type_, properties in (
        ("Open", "AWS::Logs::LogGroup", {"Tags": tags}),
        ("Acknowledged", "AWS::Logs::LogGroup", {}),
        ("Task", "AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Image": "nginx"}]}),
        ("Secret", "AWS::SecretsManager::Secret", {"SecretString": {"Ref": "AWS::StackName"}}),
        ("Group", "AWS::CodeDeploy::DeploymentGroup", {"ECSServices": []}),
        ("Template", "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"KeyName": "x"}}),
    ):
        cdk.CfnResource(stack, name, type=type_, properties=properties)
    acknowledge(
        stack.node.find_child("Acknowledged"), "LOGS_END_AND_ARE_ENCRYPTED", because="Its reason."
    )
    return app


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
    types = _types(TEXTS[file])
    return {
        name: resource
        for name, resource in found.items()
        if name in more or resource["Type"] in types
    }


def _types(text: str) -> set[str]:
    """The types that a rule names, itself or through the variables that it uses."""
    found = set(re.findall(r"AWS::\w+::\w+", text))
    for name in re.findall(r"%(\w+)", text):
        found |= _types(VARIABLES.get(name, ""))
    return found


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
