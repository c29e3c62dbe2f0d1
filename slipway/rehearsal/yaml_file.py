"""Changes of YAML files after which all that did not change is what it was.

Read and written by the library's own types, ``20:00`` comes back as 1200 and an account 012… as
another number. Here a value without quotes is the text that stands there, and is written so again.
Comments are lost, and aliases are written out: our settings know none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml


@contextmanager
def edited(path: Path) -> Iterator[Any]:
    """Give a file's content, and write it back as it is after the block.

    Mappings, lists and texts are Python's own; so is what is put in. A number that was there is
    the text of it.
    """
    document = read(path)
    yield document
    write(path, document)


def read(path: Path) -> Any:
    """Return a file's content, to be changed and given to `write`."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it is safe


def write(path: Path, document: Any) -> None:
    """Write what `read` returned, or part of it, or anything else that YAML can say."""
    path.write_text(text(document), encoding="utf-8")


def text(document: Any) -> str:
    """Return what `write` would write."""
    written: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return written


class _Plain(str):
    """A value without quotes, as it stands there: 3, no, or 20:00."""


class _Loader(yaml.SafeLoader):
    """Keeps values without quotes as they stand."""


class _Dumper(yaml.SafeDumper):
    """Writes them so again."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _kind in ("int", "float", "bool", "null", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", lambda _, node: _Plain(node.value))
_Dumper.add_representer(
    str,
    # The library leaves 012345678901 without quotes, as an octal number has no 8 and no 9. Other
    # readers of YAML, and our settings, take it for a number.
    lambda dumper, value: dumper.represent_scalar(
        "tag:yaml.org,2002:str", value, style="'" if value.isdigit() else None
    ),
)
_Dumper.add_representer(
    _Plain,
    lambda dumper, value: dumper.represent_scalar(
        dumper.resolve(yaml.ScalarNode, value, (True, False)),  # type: ignore[no-untyped-call]
        str(value),
    ),
)
