"""The pipeline's definition, as its tests look at it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Action:
    """One action of a stage."""

    stage: str
    name: str
    order: int
    provider: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    configuration: dict[str, Any]
    role: str
    variables: dict[str, str]
    project: str | None


@dataclass(frozen=True)
class Definition:
    """The pipeline, and what its projects are."""

    properties: dict[str, Any]
    resources: dict[str, Any]

    @classmethod
    def of(cls, template):
        (pipeline,) = (
            each["Properties"]
            for each in template["Resources"].values()
            if each["Type"] == "AWS::CodePipeline::Pipeline"
        )
        return cls(pipeline, template["Resources"])

    @property
    def stages(self):
        return {each["Name"]: each for each in self.properties["Stages"]}

    @property
    def projects(self):
        """CodeBuild projects, by their names."""
        return {
            each["Properties"]["Name"]: each["Properties"]
            for each in self.resources.values()
            if each["Type"] == "AWS::CodeBuild::Project"
        }

    def actions(self, stage=None):
        """Actions in the order in which they begin."""
        return [
            self._action(name, action)
            for name, described in self.stages.items()
            if stage in (None, name)
            for action in sorted(described["Actions"], key=lambda each: each["RunOrder"])
        ]

    def action(self, name):
        (found,) = (each for each in self.actions() if each.name == name)
        return found

    def _action(self, stage, action):
        configuration = action["Configuration"]
        project = configuration.get("ProjectName")
        return Action(
            stage=stage,
            name=action["Name"],
            order=action["RunOrder"],
            provider=action["ActionTypeId"]["Provider"],
            inputs=tuple(each["Name"] for each in action.get("InputArtifacts", ())),
            outputs=tuple(each["Name"] for each in action.get("OutputArtifacts", ())),
            configuration=configuration,
            role=str(action.get("RoleArn")),
            variables=_variables(configuration),
            project=self.resources[project["Ref"]]["Properties"]["Name"] if project else None,
        )


def _variables(configuration):

    given = json.loads(configuration.get("EnvironmentVariables", "[]"))
    return {each["name"]: each["value"] for each in given}


@pytest.fixture(scope="session")
def pipeline(pipeline_templates):
    """The pipeline of an application with everything that a pipeline can have."""
    return Definition.of(pipeline_templates["shop-toolchain"])


@pytest.fixture(scope="session")
def definition_of():
    """How to look at a pipeline in a template."""
    return Definition.of
