"""Look for secrets in every file that git has or would take; say of each where it is.

It looks at the files as they are, not at what git remembers of them.
"""

import argparse
import fnmatch
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.filters.heuristic import IGNORED_FILE_EXTENSIONS
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parent.parent
MEMORY = ROOT / "build" / "secret-detection.json"

# All but the one that asks services whether what it found is valid: nothing leaves this machine.
FILTERS = (
    "allowlist.is_line_allowlisted",
    "heuristic.is_indirect_reference",
    "heuristic.is_likely_id_string",
    "heuristic.is_lock_file",
    "heuristic.is_not_alphanumeric_string",
    "heuristic.is_potential_uuid",
    "heuristic.is_prefixed_with_dollar_sign",
    "heuristic.is_sequential_string",
    "heuristic.is_templated_secret",
)
# What tells no secret from anything else that looks random, or stands beside the word.
GUESSES = frozenset({"Base64 High Entropy String", "Hex High Entropy String", "Secret Keyword"})
# Addresses are no secrets.
LEFT_OUT = frozenset({"IPPublicDetector"})


@dataclass(frozen=True)
class Finding:
    """What looks like a secret; never the secret itself."""

    file: str
    line: int
    kind: str

    def __str__(self) -> str:
        """One line: where, and what it looks like."""
        return f"{_shown(self.file)}:{self.line}: {self.kind}"


@dataclass(frozen=True)
class KnownFalse:
    """What looks like a secret in some files, is none, and can't be said on its line."""

    files: str
    """A pattern as in `fnmatch`."""
    kinds: frozenset[str]
    because: str

    def covers(self, finding: Finding) -> bool:
        """Say whether the exception is about this finding."""
        return finding.kind in self.kinds and fnmatch.fnmatch(finding.file, self.files)


EXCEPTIONS = (
    KnownFalse(
        "tests/snapshots/recorded/*.json",
        GUESSES,
        because="Generated: logical ids end in hashes. Keys of a known form are still looked for, "
        "and what the templates are made from is looked at whole.",
    ),
    KnownFalse(
        "tests/unit/settings/wrong_settings.yaml",
        frozenset({"Secret Keyword"}),
        because="Settings name secrets and never hold one; some of these rows show that.",
    ),
    KnownFalse(
        "tests/policy/guard/cases/secrets.yaml",
        frozenset({"Secret Keyword"}),
        because="Templates that a rule refuses for a secret in them; the values are made up.",
    ),
)
# Lines and values that are no secrets wherever they stand.
HASHES_OF_LOCKS = r"^\s*--hash=sha256:[0-9a-f]{64}( \\)?$"
PUNCTUATION = r"""^[\s\]\[{}(),:;"']*$"""  # A third of all lines.
CREDENTIALS_OF_THE_LOCAL_AWS = "^local$"  # It checks none.
ACTIONS_OF_IAM = "^(kms|secretsmanager|ssm|sts):[A-Z][A-Za-z*]+$"
CLASSES: dict[str, Any] = get_mapping_from_secret_type_to_class()
SETTINGS: dict[str, Any] = {
    "plugins_used": [
        {"name": name} for name in sorted({each.__name__ for each in CLASSES.values()} - LEFT_OUT)
    ],
    "filters_used": [
        *({"path": f"detect_secrets.filters.{name}"} for name in FILTERS),
        {
            "path": "detect_secrets.filters.regex.should_exclude_line",
            "pattern": [HASHES_OF_LOCKS, PUNCTUATION],
        },
        {
            "path": "detect_secrets.filters.regex.should_exclude_secret",
            "pattern": [CREDENTIALS_OF_THE_LOCAL_AWS, ACTIONS_OF_IAM],
        },
    ],
}
PRAGMA = re.compile(r"pragma: ?allow" r"list[ -](?:nextline[ -])?secret(?P<reason>.*)$")


def main() -> int:
    """Print what was found, and what to do next; return 0 only if nothing was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=ROOT)
    root = parser.parse_args().root.resolve()
    try:
        files = files_of(root)
    except (OSError, subprocess.CalledProcessError):
        print(f"{root} is no git repository, so nothing was looked at: run it in a clone")
        return 1
    ours = root == ROOT
    found = find(root, files, MEMORY if ours else None)
    complaints = [
        *judge(found, EXCEPTIONS if ours else ()),
        *without_reason(root, files),
        *unreadable(root, files),
    ]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


def judge(found: Sequence[Finding], exceptions: Sequence[KnownFalse]) -> Iterator[str]:
    """Say which findings no exception covers, what to do about them, and what is stale."""
    open_ = [each for each in found if not any(known.covers(each) for known in exceptions)]
    yield from map(str, open_)
    if open_:
        yield (
            "A secret: take it out, and make it worthless where it is valid: git keeps what it "
            "has seen. None: end its line with the comment `pragma: allowlist secret: why`."
        )
    for exception in exceptions:
        if not any(map(exception.covers, found)):
            yield (
                f"scripts/secret_detection.py: nothing answers to the exception for "
                f"{exception.files}: remove it"
            )


def files_of(root: Path) -> list[str]:
    """List what git has of a working tree, and what it would take: all that isn't ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    names = sorted(set(filter(None, listed.stdout.split("\0"))))
    return [name for name in names if (root / name).is_file() and not (root / name).is_symlink()]


def find(root: Path, files: Sequence[str], memory: Path | None = None) -> list[Finding]:
    """Return what looks like a secret in some files, several of which are read at a time.

    Parameters
    ----------
    memory
        Where it is kept what was found in which content: what has not changed is not read again.
    """
    contents = {name: _digest(name.encode() + b"\0" + (root / name).read_bytes()) for name in files}
    known = _recall(memory)
    unread = [name for name in files if contents[name] not in known]
    for name in unread:
        known[contents[name]] = []
    if unread:
        with transient_settings(SETTINGS):
            secrets = SecretsCollection(root=str(root))
            secrets.scan_files(*unread)
        for name, secret in secrets:
            known[contents[name]].append((secret.line_number, secret.type))
    if memory is not None:
        memory.parent.mkdir(parents=True, exist_ok=True)
        kept = {digest: known[digest] for digest in contents.values()}
        memory.write_text(json.dumps({"by": _rules(), "found": kept}))
    return sorted(
        {Finding(name, *each) for name in files for each in known[contents[name]]},
        key=lambda finding: (finding.file, finding.line, finding.kind),
    )


def _recall(memory: Path | None) -> dict[str, list[tuple[int, str]]]:
    """Return what was found in contents, by their digest, when the rules were the same."""
    if memory is None or not memory.exists():
        return {}
    kept = json.loads(memory.read_text())
    if kept["by"] != _rules():
        return {}
    return {digest: [(line, kind) for line, kind in each] for digest, each in kept["found"].items()}


def _rules() -> str:
    return _digest(version("detect-secrets").encode() + Path(__file__).read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def without_reason(root: Path, files: Sequence[str]) -> Iterator[str]:
    """Name the pragmas that let something pass and don't say why."""
    for name in files:
        text = (root / name).read_bytes().decode(errors="replace")
        if "pragma:" not in text:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            pragma = PRAGMA.search(line)
            if pragma and not re.match(r": ?\w", pragma["reason"]):
                place = f"{_shown(name)}:{number}"
                yield f"{place}: the pragma gives no reason: write it behind a colon"


def unreadable(root: Path, files: Sequence[str]) -> Iterator[str]:
    """Name what the detectors pass over in silence: what is neither UTF-8 nor known as binary."""
    for name in files:
        if Path(name).suffix in IGNORED_FILE_EXTENSIONS:
            continue
        try:
            (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            yield f"{_shown(name)}: no UTF-8 text, so nothing was looked for: convert it"


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)


if __name__ == "__main__":
    sys.exit(main())
