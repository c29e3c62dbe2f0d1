"""What mkdocs is told besides mkdocs.yml, so that one text reads in a repository and as a site.

Pages are written for a repository: they link to files beside docs/, nest lists as CommonMark does,
and are listed in docs/README.md. Here the site gets the same: pages beside docs/ become pages of
it, links to other files become their names, lists are nested as Python-Markdown wants them, and
the index becomes the navigation.

mkdocs runs this in its own environment (docs/requirements.in): only the standard library is there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
DOCS = "docs"
BESIDE = "repository"
"""Where in the site those pages are that stand beside docs/ in the repository."""

Navigation = list[dict[str, Any]]

_FENCE = re.compile(r"^( *)(```+|~~~+)(.*)$")
_ITEM = re.compile(r"( *)([-*+]|\d+[.)])( +)")
_LINK = re.compile(r"(?P<text>!?\[(?:[^\]\[]|\[[^\]]*\])*\])\((?P<target>[^)\s]+)\)")
_IMAGE = re.compile(r'(?P<before><img src=")(?P<target>[^"]+)(?=")')
_NEEDS = re.compile(r" *# (needs (?:AWS|the internet))")
_ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:|#|/")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take the navigation from the index."""
    index = (Path(config.docs_dir) / "README.md").read_text(encoding="utf-8")
    config.nav = navigation(index)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages beside docs/ that the index names."""
    from mkdocs.structure.files import File

    index = (Path(config.docs_dir) / "README.md").read_text(encoding="utf-8")
    for path in beside(index):
        text = (ROOT / path).read_text(encoding="utf-8")
        files.append(File.generated(config, in_site(path), content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make a page's text the site's."""
    del config
    known = {file.src_uri for file in files}
    source = page.file.src_uri

    def is_there(path: str) -> bool:
        return (ROOT / path).exists()

    return "\n".join(
        for_site(markdown.split("\n"), in_repository(source, is_there), source, known, is_there)
    )


def navigation(index: str) -> Navigation:
    """Read the navigation from the index: its sections, their groups, and the pages of the tables.

    A page's title is its own first heading, so only sections and groups have names here.
    """
    sections: Navigation = [{"Where to begin": "README.md"}]
    for title, body in _below(index, "##"):
        entries: list[Any] = []
        for group, part in _below(body, "###"):
            pages = list(dict.fromkeys(in_site(path) for path in _targets(part)))
            entries += [{group: pages}] if group and pages else pages
        if title and entries:
            sections.append({title: entries})
    return sections


def _below(text: str, mark: str) -> Iterator[tuple[str, str]]:
    """Cut a text at its headings of a level; what stands before the first has no title."""
    before, *rest = re.split(rf"^{mark} (.*)$", text, flags=re.MULTILINE)
    yield "", before
    yield from zip(rest[::2], rest[1::2], strict=True)


def beside(index: str) -> list[str]:
    """Name the pages beside docs/ that the index lists, from the root."""
    return [path for path in dict.fromkeys(_targets(index)) if not path.startswith(f"{DOCS}/")]


def _targets(text: str) -> Iterator[str]:
    """Name the pages that the rows of tables link to, from the root."""
    for line in text.splitlines():
        # The page of a row is its first link that has no anchor.
        links = [link["target"] for link in _LINK.finditer(line) if line.startswith("|")]
        for target in links[:1]:
            if target.endswith(".md") and not _ELSEWHERE.match(target):
                yield posixpath.normpath(posixpath.join(DOCS, target))


def in_site(path: str) -> str:
    """Say where a file of the repository is in the site, by its path from docs/."""
    if path.startswith(f"{DOCS}/"):
        return path.removeprefix(f"{DOCS}/")
    # A README would be the index of its folder.
    return f"{BESIDE}/{path.replace('README', 'readme')}"


def in_repository(source: str, is_there: Callable[[str], bool]) -> str:
    """Say where a page of the site is in the repository: `in_site` back."""
    path = source.removeprefix(f"{BESIDE}/")
    if path == source:
        return f"{DOCS}/{source}"
    return path if is_there(path) else path.replace("readme", "README")


def for_site(
    lines: list[str],
    path: str,
    source: str,
    known: set[str],
    is_there: Callable[[str], bool],
) -> Iterator[str]:
    """Rewrite a page's lines: links, lists, and what a block of commands needs.

    Parameters
    ----------
    path
        The page in the repository, from the root.
    source
        The page in the site.
    known
        What the site has.
    is_there
        Tells whether the repository has a file or folder, by its path from the root.
    """
    for is_fenced, part in _parts(list(nested(lines))):
        if is_fenced:
            yield from _with_title(part)
        else:
            text = _LINK.sub(
                lambda link: _link(link, path, source, known, is_there), "\n".join(part)
            )
            yield _IMAGE.sub(lambda image: _image(image, path, source), text)


def _image(image: re.Match[str], path: str, source: str) -> str:
    """Let an image in HTML, whose address mkdocs leaves as it is, be found from the site's page."""
    if _ELSEWHERE.match(image["target"]):
        return image[0]
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), image["target"]))
    return image["before"] + posixpath.relpath(in_site(there), posixpath.dirname(source) or ".")


def _parts(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Cut a page into what is fenced, each with its marks, and what is between."""
    part: list[str] = []
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if mark and not fence:
            if part:
                yield False, part
            part, fence = [line], mark[2]
        elif mark and mark[2] == fence and not mark[3]:
            yield True, [*part, line]
            part, fence = [], ""
        else:
            part.append(line)
    if part:
        yield bool(fence), part


def _with_title(block: list[str]) -> list[str]:
    """Let a block's first line, where it says what the block needs, be its title."""
    needs = _NEEDS.fullmatch(block[1]) if block[0].endswith("sh") and len(block) > 1 else None
    if needs:
        return [f'{block[0]} title="{needs[1]}"', *block[2:]]
    return block


def _link(
    link: re.Match[str],
    path: str,
    source: str,
    known: set[str],
    is_there: Callable[[str], bool],
) -> str:
    target, _, anchor = link["target"].partition("#")
    if not target or _ELSEWHERE.match(target):
        return link[0]
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    place = in_site(wanted)
    if place in known:
        relative = posixpath.relpath(place, posixpath.dirname(source) or ".")
        return f"{link['text']}({relative}{'#' + anchor if anchor else ''})"
    if wanted.startswith(f"{DOCS}/") or not is_there(wanted):
        return link[0]  # mkdocs says that it leads nowhere.
    # A file of the repository that is no page: its name says where to look.
    text = link["text"][1:-1]
    return text if wanted in text.strip("`") else f"{text} (`{wanted}`)"


def nested(lines: list[str]) -> Iterator[str]:
    """Indent what is in lists by four columns a level: Python-Markdown knows no other way.

    https://python-markdown.github.io/#differences
    """
    columns = [0]  # Where the content of each level begins.
    fence, is_after_text = "", False
    for line in lines:
        if not line.strip():
            is_after_text = False
            yield line
            continue
        indent = len(line) - len(line.lstrip(" "))
        mark = _FENCE.match(line)
        if not fence:
            while columns[-1] > indent:
                columns.pop()
        level = len(columns) - 1
        if mark and (not fence or (mark[2] == fence and not mark[3])):
            fence = "" if fence else mark[2]
        rest = line[min(columns[-1], indent) :]
        item = None if fence or mark else _ITEM.match(rest)
        if item and not item[1]:
            if is_after_text:
                yield ""  # In CommonMark a list may follow a paragraph at once.
            columns.append(columns[-1] + item.end())
        is_after_text = level == 0 and not item
        yield "    " * level + rest
