"""Stacks to draw, and how to read a picture."""

import copy
import json
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slipway.changes import assembled_stacks

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Picture:
    """An SVG document, read."""

    text: str

    @property
    def root(self):
        return ElementTree.fromstring(self.text)  # noqa: S314 - our own

    @property
    def sources(self):
        """Everything of the templates that something in it stands for."""
        groups = self.root.iter(f"{SVG}g")
        return {each for group in groups for each in group.get("data-from", "").split(",") if each}

    @property
    def words(self):
        """What is written in it, in the order in which it was drawn."""
        return ["".join(each.itertext()) for each in self.root.iter(f"{SVG}text")]


@pytest.fixture(scope="session")
def stacks(pipeline_assembly):
    """Every stack of an application with a pipeline to four environments."""
    return assembled_stacks(Path(pipeline_assembly.directory))


@pytest.fixture(scope="session")
def production(stacks):
    """The stacks of one of its environments."""
    return tuple(each for each in stacks if each.name.startswith("shop-prod-eu-"))


@pytest.fixture(scope="session")
def read():
    """How to read a picture."""
    return Picture


@pytest.fixture(scope="session")
def without():
    """How to leave a resource out of stacks."""

    def leave_out(stacks, stack, logical_id):
        changed = []
        for each in stacks:
            if each.name == stack:
                template = copy.deepcopy(each.template)
                del template["Resources"][logical_id]
                each = replace(each, template=template)
            changed.append(each)
        return tuple(changed)

    return leave_out


@pytest.fixture(scope="session")
def with_services(production):
    """How to make the stacks of an environment with as many services as wanted."""

    def make(count):
        search = next(each for each in production if each.name.endswith("-search"))
        text = json.dumps(search.template)
        made = [each for each in production if each.name.endswith(("-network", "-cluster"))]
        for number in range(count):
            name = f"service-{number}"
            renamed = text.replace("search", name).replace("Search", f"Service{number}")
            made.append(replace(search, name=f"shop-prod-eu-{name}", template=json.loads(renamed)))
        return tuple(made)

    return make
