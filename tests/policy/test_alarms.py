"""Every alarm of every template: what it does, and where to read what to do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"

_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def alarms(templates: Any) -> Iterator[tuple[str, str, Any]]:
    """Each alarm's stack, logical id and properties."""
    for stack, template in templates.items():
        for name, resource in template["Resources"].items():
            if resource["Type"] in (ALARM, COMPOSITE):
                yield stack, name, resource["Properties"]


def anchors_of(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    titles = re.findall(r"^#+ (.*)", _FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_alarm_links_to_a_page_and_a_heading_that_are_there(templates: Any) -> None:
    seen = set()
    for _, name, alarm in alarms(templates):
        found = re.search(
            r"Runbook: (docs/runbooks/[\w-]+\.md)(?:#([\w-]+))?$", alarm["AlarmDescription"]
        )
        assert found, name
        page = ROOT / found[1]
        assert page.is_file(), f"{name}: {found[1]}"
        if found[2]:
            assert found[2] in anchors_of(page), f"{name}: {found[0]}"
        seen.add(found[1])
    assert len(seen) > 8


def test_the_page_names_the_alarm_that_leads_to_it(templates: Any) -> None:
    """Whoever is called searches for the name that the message has."""
    for stack, name, alarm in alarms(templates):
        page = re.search(r"docs/runbooks/[\w-]+\.md", alarm["AlarmDescription"])
        assert page
        ending = alarm["AlarmName"].removeprefix(stack).removeprefix("-")
        ending = re.sub(r"^(blue|green)-", "", ending).rpartition("shop-")[2]
        kind = re.sub(r"^(local|dev|staging|prod)-", "", ending)
        assert f"-{kind}`" in (ROOT / page[0]).read_text(), f"{name}: {kind} in {page[0]}"


def test_every_alarm_does_something(templates: Any) -> None:
    """It calls people, stops a release, or another alarm asks for it."""
    everything = json.dumps(templates)
    for stack, name, alarm in alarms(templates):
        asked = [
            other
            for other_stack, _, other in alarms(templates)
            if (other_stack == stack and f'"{name}"' in json.dumps(other))
            or f':alarm:{alarm["AlarmName"]}\\"' in json.dumps(other)
        ]
        stops = f'{{"Name": {{"Ref": "{name}"}}}}' in everything
        assert alarm.get("AlarmActions") or stops or asked, name


def test_only_composite_alarms_call_people_and_they_tell_the_end_too(templates: Any) -> None:
    for stack, template in templates.items():
        for name, resource in template["Resources"].items():
            if resource["Type"] == ALARM:
                assert "AlarmActions" not in resource["Properties"], f"{stack}/{name}"
            if resource["Type"] == COMPOSITE:
                actions = resource["Properties"]["AlarmActions"]
                assert actions, f"{stack}/{name}"
                assert resource["Properties"]["OKActions"] == actions
