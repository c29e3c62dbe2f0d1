"""Artifacts: zip files in the pipeline's bucket, one key for each artifact of an execution.

https://docs.aws.amazon.com/codepipeline/latest/userguide/welcome-introducing-artifacts.html
"""

from __future__ import annotations

import io
import secrets
import string
import zipfile
from typing import Protocol

from slipway.local_aws.codepipeline.action import (
    ActionDeclaration,
    ActionFailed,
    ArtifactLocation,
)
from slipway.local_aws.codepipeline.definition.model import Bucket
from slipway.local_aws.codepipeline.executions.execution import Execution

# As CodePipeline cuts them: its keys are <pipeline>/<artifact>/<7 random characters>.
_PIPELINE_CHARACTERS, _ARTIFACT_CHARACTERS, _RANDOM_CHARACTERS = 20, 10, 7
_ALPHABET = string.ascii_letters + string.digits


class Objects(Protocol):
    """The objects of buckets, as the pipeline's role reaches them."""

    def get(self, bucket: str, key: str) -> bytes:
        """Read an object; `ActionFailed` says why it can't be."""

    def put(self, bucket: Bucket, key: str, content: bytes) -> None:
        """Write an object; `ActionFailed` says why it can't be."""


class ActionArtifacts:
    """The artifacts that one run of an action reads and makes.

    Parameters
    ----------
    region
        The action's.
    """

    def __init__(
        self, execution: Execution, declaration: ActionDeclaration, region: str, objects: Objects
    ) -> None:
        self._execution = execution
        self._declaration = declaration
        self._region = region
        self._objects = objects
        self._outputs = {name: self._new_location(name) for name in declaration.outputs}

    @property
    def outputs(self) -> tuple[ArtifactLocation, ...]:
        """Where the outputs go."""
        return tuple(self._outputs.values())

    def fetch_inputs(self) -> tuple[ArtifactLocation, ...]:
        """Bring the inputs into the action's region; return where they are.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-cross-region.html

        Raises
        ------
        ActionFailed
            One was not made, or can't be copied.
        """
        return tuple(self._fetch(name) for name in self._declaration.inputs)

    def location(self, name: str) -> ArtifactLocation:
        """Say where an artifact is, or where an output has to go."""
        if name in self._outputs:
            return self._outputs[name]
        return self._fetch(name)

    def read(self, name: str, path: str) -> bytes:
        """Return one file of an artifact."""
        where = self.location(name)
        content = self._objects.get(where.bucket, where.key)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return archive.read(path)
        except KeyError:
            raise ActionFailed(f"The artifact {name} has no file {path}") from None
        except zipfile.BadZipFile:
            raise ActionFailed(f"The artifact {name} is not a zip file") from None

    def write(self, name: str, zip_file: bytes) -> None:
        """Put an output into the store."""
        if name not in self._outputs:
            raise ActionFailed(f"The artifact {name} is no output of {self._declaration.name}")
        self._objects.put(self._bucket, self._outputs[name].key, zip_file)

    @property
    def _bucket(self) -> Bucket:
        return self._execution.definition.buckets[self._region]

    def _new_location(self, name: str) -> ArtifactLocation:
        """Say where an output goes: a retry writes over what the run before has made."""
        made = self._execution.artifacts.get(name, {}).get(self._region)
        return made or ArtifactLocation(name, self._bucket.name, self._key(name))

    def _key(self, name: str) -> str:
        pipeline = self._execution.definition.name[:_PIPELINE_CHARACTERS]
        random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
        return f"{pipeline}/{name[:_ARTIFACT_CHARACTERS]}/{random}"

    def _fetch(self, name: str) -> ArtifactLocation:
        made = self._execution.artifacts.get(name)
        if not made:
            raise ActionFailed(
                f"The artifact {name} was not made by an earlier action of this execution"
            )
        if self._region not in made:
            origin = next(iter(made.values()))
            copy = ArtifactLocation(name, self._bucket.name, self._key(name))
            content = self._objects.get(origin.bucket, origin.key)
            self._objects.put(self._bucket, copy.key, content)
            made[self._region] = copy
        return made[self._region]
