"""Which files of a folder a container engine may copy: what .dockerignore leaves.

https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path


def context_files(folder: Path) -> dict[str, Path]:
    """Find what an image of a folder can hold.

    Compiled Python is left out even where .dockerignore leaves it in: it carries times and versions
    of the machine that compiled it, and says nothing that its source doesn't.

    Returns
    -------
    dict[str, Path]
        Files and symbolic links by their path in the folder, with forward slashes, in order.
    """
    ignore_file = folder / ".dockerignore"
    patterns = ignore_file.read_text(encoding="utf-8").splitlines() if ignore_file.exists() else []
    found = {}
    for file in folder.rglob("*"):
        path = file.relative_to(folder)
        ignored = "__pycache__" in path.parts or ignored_by(patterns, path.as_posix())
        if (file.is_file() or file.is_symlink()) and not ignored:
            found[path.as_posix()] = file
    return dict(sorted(found.items()))


def ignored_by(patterns: Sequence[str], path: str) -> bool:
    """Tell whether a .dockerignore leaves a path out of the image: the last pattern to match wins.

    Parameters
    ----------
    patterns
        The lines of the file.
    path
        Relative to the folder, with forward slashes.
    """
    ignored = False
    for line in patterns:
        pattern = line.strip()
        if not pattern or line.startswith("#"):
            continue
        if _regex(pattern.removeprefix("!").strip().strip("/")).match(path):
            ignored = not pattern.startswith("!")
    return ignored


def _regex(pattern: str) -> re.Pattern[str]:
    """Translate a pattern, which Go's filepath.Match explains, and ``**`` for any folders.

    https://pkg.go.dev/path/filepath#Match
    """
    token = re.compile(r"\*\*/?|\*|\?|\[\^?\]?[^\]]*\]|\\.|.", re.DOTALL)
    parts = []
    for match in token.finditer(pattern):
        text = match.group()
        if text.startswith("**"):
            parts.append(".*" if match.end() == len(pattern) else "(?:.*/)?")
        elif text == "*":
            parts.append("[^/]*")
        elif text == "?":
            parts.append("[^/]")
        elif text.startswith("[") and len(text) > 1:
            parts.append(text)
        else:
            parts.append(re.escape(text.removeprefix("\\") or text))
    # A pattern that matches a folder takes everything in it.
    return re.compile(rf"{''.join(parts)}(?:/.*)?\Z", re.DOTALL)
