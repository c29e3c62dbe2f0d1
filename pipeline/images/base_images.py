"""What a Dockerfile builds on: every image by digest, and from a cache where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import PipelineError
from slipway.dockerfile import Instruction, instructions

_PINNED = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")
_SYNTAX = re.compile(r"#\s*syntax\s*=\s*(\S+)", re.IGNORECASE)
# COPY --from=…, and RUN --mount=type=…,from=…
_FROM_ELSEWHERE = re.compile(r"(?:^|\s)--(?:from=|mount=(?:\S*,)?from=)([^\s,]+)")
_PUBLIC_REGISTRY = "public.ecr.aws/"


@dataclass(frozen=True)
class BaseImages:
    """The images that a Dockerfile names.

    Attributes
    ----------
    references
        Each of them, with its digest, in the order of the Dockerfile.
    arguments
        Those that a build argument replaces as a whole (``FROM ${BASE_IMAGE}``): argument, image.
    """

    references: tuple[str, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)

    def require_cacheable(self, place: str) -> None:
        """Make sure that all that could come from a pull-through cache will.

        Parameters
        ----------
        place
            The Dockerfile, for the error.

        Raises
        ------
        PipelineError
            An image of Amazon ECR Public is named where no build argument can replace it.
        """
        for image in self.references:
            if image.startswith(_PUBLIC_REGISTRY) and image not in self.arguments.values():
                raise PipelineError(
                    f"{place}: {image.partition('@')[0]} can't come from the cache of base images: "
                    "begin the file with ARG BASE_IMAGE=…, and write FROM ${BASE_IMAGE}"
                )

    def from_cache(self, cache: str) -> dict[str, str]:
        """Return the build arguments that take the images from a pull-through cache.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-working-pulling.html

        Parameters
        ----------
        cache
            ``<account>.dkr.ecr.<region>.amazonaws.com/<prefix>``, of Amazon ECR Public.
        """
        return {
            name: f"{cache}/{image.removeprefix(_PUBLIC_REGISTRY)}"
            for name, image in self.arguments.items()
            if image.startswith(_PUBLIC_REGISTRY)
        }


def base_images(dockerfile: Path, place: str) -> BaseImages:
    """Read what a Dockerfile builds on.

    A tag can name another image tomorrow; then the same sources would make another image, and what
    was tested would not be what is built next.

    Parameters
    ----------
    dockerfile
        The file.
    place
        How to call it in errors: ``services/storefront/Dockerfile``.

    Raises
    ------
    PipelineError
        The file is missing, or an image in it has no digest.
    """
    try:
        text = dockerfile.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PipelineError(f"{place}: not found: every service needs a Dockerfile") from None
    reader = _Reader(place)
    first_line, _, _ = text.partition("\n")
    if syntax := _SYNTAX.match(first_line):
        # BuildKit fetches and runs it before it reads the rest.
        reader.add(1, syntax.group(1))
    for instruction in instructions(text):
        reader.read(instruction)
    return BaseImages(tuple(dict.fromkeys(reader.references)), reader.arguments)


class _Reader:
    """Goes through a Dockerfile, and knows its stages and the arguments in front of them."""

    def __init__(self, place: str) -> None:
        self.references: list[str] = []
        self.arguments: dict[str, str] = {}
        self._place = place
        self._defaults: dict[str, str] = {}
        self._stages: list[str] = []

    def read(self, instruction: Instruction) -> None:
        if instruction.name == "FROM":
            self._read_stage(instruction)
        elif instruction.name == "ARG" and not self._stages:
            # Only these can be used in FROM.
            # https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact
            for word in instruction.arguments.split():
                name, _, default = word.partition("=")
                self._defaults[name] = self._resolve(default.strip("\"'"))
        elif instruction.name in {"COPY", "RUN", "ADD"}:
            for source in _FROM_ELSEWHERE.findall(instruction.arguments):
                if not (source.isdigit() or source.lower() in self._stages):
                    self.add(instruction.line, source)

    def _read_stage(self, instruction: Instruction) -> None:
        words = [word for word in instruction.arguments.split() if not word.startswith("--")]
        if not words:
            raise PipelineError(f"{self._place}:{instruction.line}: FROM names no image")
        image = self._resolve(words[0])
        if image != "scratch" and image.lower() not in self._stages:
            self.add(instruction.line, image)
            variable = _VARIABLE.fullmatch(words[0])
            if variable:
                self.arguments[variable.group(1) or variable.group(2)] = image
        # A stage without a name can be named by its number alone.
        named = len(words) == 3 and words[1].upper() == "AS"
        self._stages.append(words[2].lower() if named else "")

    def add(self, line: int, image: str) -> None:
        if not _PINNED.fullmatch(image):
            raise PipelineError(
                f"{self._place}:{line}: {image or 'an image without a name'} has no digest: name "
                "it by one (image:tag@sha256:…), so that the same sources make the same image"
            )
        self.references.append(image)

    def _resolve(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name = match.group(1) or match.group(2)
            return self._defaults.get(name) or match.group(3) or ""

        return _VARIABLE.sub(value, text)
