"""Operations on pipelines: create, update, delete, read, tag."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from slipway.local_aws.codepipeline.definition.model import Definition
from slipway.local_aws.codepipeline.definition.structure import read
from slipway.local_aws.codepipeline.errors import CodePipelineError
from slipway.local_aws.codepipeline.executions.engine import Engine
from slipway.local_aws.codepipeline.executions.execution import Trigger
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline
from slipway.local_aws.codepipeline.operations import views
from slipway.local_aws.codepipeline.operations.pages import page
from slipway.local_aws.codepipeline.operations.store import Store

Request = dict[str, Any]
Answer = dict[str, Any]

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_MOST_TAGS = 50

_ARN = re.compile(r"arn:aws(-\w+)*:codepipeline:[^:]+:[0-9]{12}:.+")


class Follower(Protocol):
    """Watches what a pipeline's triggers name."""

    def follow(self, account: str, region: str, definition: Definition) -> None:
        """Watch from now on."""

    def forget(self, account: str, region: str, pipeline: str) -> None:
        """Watch no more."""


class Pipelines:
    """The part of the API that is about pipelines.

    Parameters
    ----------
    require_trust
        Refuses a pipeline's role that CodePipeline may not act as, given its ARN and the
        pipeline's.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        triggers: Follower,
        require_trust: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._engine = engine
        self._triggers = triggers
        self._require_trust = require_trust

    def create_pipeline(self, request: Request) -> Answer:
        """Make a pipeline, and start its first execution."""
        declared = request["pipeline"]
        if declared["name"] in self._store.pipelines:
            raise CodePipelineError(
                "PipelineNameInUseException",
                f"A pipeline with name '{declared['name']}' already exists in account "
                f"'{self._store.account}'",
            )
        tags = _tags(request.get("tags") or [])
        definition = read(declared, self._engine.kinds, self._store.region)
        pipeline = Pipeline(self._store.account, self._store.region, [definition], tags)
        self._require_trust(definition.role_arn, pipeline.arn)
        self._store.pipelines[pipeline.name] = pipeline
        self._triggers.follow(self._store.account, self._store.region, definition)
        if all(value is not None for value in definition.variables.values()):
            self._engine.start(pipeline, Trigger("CreatePipeline", _caller(self._store)))
        return {"pipeline": definition.declaration, "tags": _tag_list(pipeline)}

    def update_pipeline(self, request: Request) -> Answer:
        """Make a new version; executions under way end."""
        declared = request["pipeline"]
        pipeline = self._store.pipeline(declared["name"])
        version = pipeline.definition.version + 1
        definition = read(declared, self._engine.kinds, self._store.region, version)
        self._require_trust(definition.role_arn, pipeline.arn)
        self._engine.update(pipeline, definition)
        self._triggers.follow(self._store.account, self._store.region, definition)
        return {"pipeline": definition.declaration}

    def delete_pipeline(self, request: Request) -> None:
        """Remove a pipeline; what runs is abandoned."""
        pipeline = self._store.pipelines.pop(request["name"], None)
        if pipeline is not None:
            self._triggers.forget(self._store.account, self._store.region, pipeline.name)
            self._engine.abandon_all(pipeline)

    def get_pipeline(self, request: Request) -> Answer:
        """Answer a version of a pipeline."""
        pipeline = self._store.pipeline(request["name"])
        version = request.get("version") or pipeline.definition.version
        if version > len(pipeline.versions):
            raise CodePipelineError(
                "PipelineVersionNotFoundException",
                f"The pipeline {pipeline.name} has no version {version}",
            )
        return {
            "pipeline": pipeline.versions[version - 1].declaration,
            "metadata": {
                "pipelineArn": pipeline.arn,
                "created": pipeline.created,
                "updated": pipeline.updated,
            },
        }

    def list_pipelines(self, request: Request) -> Answer:
        """Answer all pipelines."""
        found = sorted(self._store.pipelines.values(), key=lambda pipeline: pipeline.name)
        return page([views.summary_of_pipeline(it) for it in found], request, "pipelines")

    def list_tags_for_resource(self, request: Request) -> Answer:
        """Answer a pipeline's tags."""
        return page(_tag_list(self._tagged(request)), request, "tags")

    def tag_resource(self, request: Request) -> Answer:
        """Add tags to a pipeline."""
        pipeline = self._tagged(request)
        tags = {**pipeline.tags, **_tags(request["tags"])}
        if len(tags) > _MOST_TAGS:
            raise CodePipelineError(
                "TooManyTagsException", f"A pipeline has at most {_MOST_TAGS} tags"
            )
        pipeline.tags = tags
        return {}

    def untag_resource(self, request: Request) -> Answer:
        """Take tags from a pipeline."""
        pipeline = self._tagged(request)
        gone = set(request["tagKeys"])
        pipeline.tags = {key: it for key, it in pipeline.tags.items() if key not in gone}
        return {}

    def _tagged(self, request: Request) -> Pipeline:
        arn = request["resourceArn"]
        if not _ARN.fullmatch(arn):
            raise CodePipelineError("InvalidArnException", f"{arn} is not the ARN of a pipeline")
        return self._store.by_arn(arn)


def _caller(store: Store) -> str:
    return f"arn:aws:iam::{store.account}:root"


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    if len(tags) > _MOST_TAGS:
        raise CodePipelineError("TooManyTagsException", f"A pipeline has at most {_MOST_TAGS} tags")
    if any(tag["key"].startswith("aws:") for tag in tags):
        raise CodePipelineError("InvalidTagsException", "Keys that begin with aws: are reserved")
    return {tag["key"]: tag["value"] for tag in tags}


def _tag_list(pipeline: Pipeline) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pipeline.tags.items()]
