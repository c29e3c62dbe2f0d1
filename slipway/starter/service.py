"""A new service: its settings, and where nothing is there yet, a container that says hello."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

_HERE = Path(__file__).parent
_SETTINGS = _HERE / "texts" / "service.yaml"
_EXAMPLE = _HERE / "hello"
_SUFFIX = ".template"


@dataclass(frozen=True, kw_only=True)
class NewService:
    """The answers that a new service's files are written from."""

    name: str
    """Its folder under services/."""
    port: int = 8080
    """Where the container listens."""
    cpu: int = 256
    """CPU units; 1024 are one vCPU."""
    memory: str = "512MiB"
    """Such as ``512MiB``."""
    public: bool = False
    """Whether it is reached from the internet."""
    example: bool = True
    """Whether a container comes with it: Python's standard library, nothing to install."""

    def files(self) -> Mapping[str, str]:
        """Return the text of each file, by its path in the service's folder."""
        scheme = "internet-facing" if self.public else "internal"
        values = {
            "name": self.name,
            "port": self.port,
            "cpu": self.cpu,
            "memory": self.memory,
            "scheme": f"{scheme} # internet-facing | internal",
        }
        written = {"service.yaml": _filled(_SETTINGS, values)}
        if self.example:
            written |= {
                str(file.relative_to(_EXAMPLE)).removesuffix(_SUFFIX): _filled(file, values)
                for file in sorted(_EXAMPLE.rglob(f"*{_SUFFIX}"))
            }
        return written


def _filled(file: Path, values: Mapping[str, object]) -> str:
    return Template(file.read_text(encoding="utf-8")).safe_substitute(values)
