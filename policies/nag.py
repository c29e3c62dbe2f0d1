"""The rules of cdk-nag's packs, as the package that runs states them.

A pack tells a CDK app nothing of its rules. The package's own modules do: each rule is applied with
its name, what it found and a function, and that function's module says which resources it looks at.
"""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import PurePosixPath

_APPLIED = re.compile(r"this\.applyRule\(\{(.*?)\n\s*\}\);", re.DOTALL)
_OVERRIDE = re.compile(r"ruleSuffixOverride: '([^']+)'")
_FUNCTION = re.compile(r"rule: \w+\.(\w+),")
_LOOKED_AT = re.compile(r"\bnode instanceof aws_(\w+?)_\d+\.Cfn(\w+)")


@dataclass(frozen=True)
class Rule:
    """One rule of a pack.

    Parameters
    ----------
    name
        With the pack in front: ``AwsSolutions-S1``.
    looks_at
        The types of resources, in lower case and without punctuation: ``s3bucket``.
    """

    name: str
    looks_at: frozenset[str]

    def has_something_to_look_at(self, resource_types: set[str]) -> bool:
        """Tell whether one of these types (``AWS::S3::Bucket``) is one that it looks at."""
        names = {each.removeprefix("AWS::").replace("::", "").lower() for each in resource_types}
        return not self.looks_at.isdisjoint(names)


@cache
def version() -> str:
    """Return the version of cdk-nag."""
    return distribution("cdk-nag").version


@cache
def packs() -> dict[str, tuple[Rule, ...]]:
    """Return the rules of every pack, by the pack's name.

    Raises
    ------
    ValueError
        The package is written in another way than the one that this reads.
    """
    modules = dict(_modules())
    looks_at = {
        path.stem: frozenset(
            f"{service}{kind}".lower() for service, kind in _LOOKED_AT.findall(text)
        )
        for path, text in modules.items()
        if path.parent.parent.name == "rules"
    }
    found = {}
    for path, text in modules.items():
        name = re.search(r"this\.packName = '([^']+)'", text)
        if path.parent.name != "packs" or name is None:
            continue
        rules = tuple(_rules(name[1], text, looks_at))
        if not rules or len(rules) != text.count("this.applyRule("):
            raise ValueError(f"cdk-nag {version()}: {path} states its rules in a new way")
        found[name[1]] = rules
    return found


def _rules(pack: str, text: str, looks_at: dict[str, frozenset[str]]) -> Iterator[Rule]:
    for applied in _APPLIED.findall(text):
        function, override = _FUNCTION.search(applied), _OVERRIDE.search(applied)
        if function is not None and looks_at.get(function[1]):
            suffix = override[1] if override else function[1]
            yield Rule(f"{pack}-{suffix}", looks_at[function[1]])


def _modules() -> Iterator[tuple[PurePosixPath, str]]:
    files = distribution("cdk-nag").files or ()
    (archive,) = (file for file in files if file.name.endswith(".jsii.tgz"))
    with tarfile.open(str(archive.locate())) as package:
        for member in package:
            if member.name.endswith(".js") and (content := package.extractfile(member)):
                yield PurePosixPath(member.name), content.read().decode()
