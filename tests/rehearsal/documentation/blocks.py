"""Blocks of commands, as pages have them: what is run here, and what is run where else."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
LANGUAGE = "sh"

# What a block that is never run begins with: scripts/docs_hooks.py makes it the title.
_NEEDS = re.compile(r"# needs (AWS|the internet)\n")
_FENCE = re.compile(r"^( *)```(\S*)(.*)$")
_COMMENT = re.compile(r"\s+# (.*)$")
_EXIT_CODE = re.compile(r"exit code (\d+)")


def pages():
    """Every page that speaks to people, from the project's folder."""
    folders = (PROJECT / name for name in ("docs", "policies", "services"))
    found = [*PROJECT.glob("*.md"), *(page for each in folders for page in each.rglob("*.md"))]
    return sorted(str(page.relative_to(PROJECT)) for page in found)


@dataclass(frozen=True)
class Fence:
    """What stands between two marks."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}"


def fences(page, text=None) -> Iterator[Fence]:
    """The fences of a page, each without its indentation."""
    mark, body, first = None, [], 0
    text = (PROJECT / page).read_text(encoding="utf-8") if text is None else text
    for number, line in enumerate(text.splitlines(), start=1):
        found = _FENCE.match(line)
        if mark is None:
            if found:
                mark, body, first = found, [], number
        elif found and not found[2]:
            yield Fence(page, first, mark[2], "".join(f"{each}\n" for each in body))
            mark = None
        else:
            body.append(line.removeprefix(mark[1]))


@dataclass(frozen=True)
class Command:
    """A line of a block with those that continue it."""

    text: str

    @property
    def plain(self):
        """As one types it: on one line, without what is said about it."""
        return _COMMENT.sub("", self.text.replace("\\\n", " ")).strip()

    @property
    def exit_code(self):
        """The one with which it must end."""
        comment = _COMMENT.search(self.text)
        said = comment and _EXIT_CODE.match(comment[1])
        return int(said[1]) if said else 0


@dataclass(frozen=True)
class Block:
    """Commands that somebody types one after the other."""

    fence: Fence

    @property
    def needs_more(self):
        """Whether it needs what isn't here, and is not run."""
        return bool(_NEEDS.match(self.fence.text))

    @property
    def commands(self):
        """Its lines: each with those that a backslash joins to it."""
        return [Command(each) for each in re.findall(r"(?:.*\\\n)*.+", self.fence.text)]

    def script(self, elsewhere):
        """What a shell is to run of it: all but the commands that are run elsewhere."""
        lines = []
        for command in self.commands:
            if command.plain in elsewhere:
                continue
            if command.exit_code:
                lines.append(f"code=0; {command.plain} || code=$?")
                lines.append(f"[ $code -eq {command.exit_code} ]")
            else:
                lines.append(command.text)
        return "\n".join(lines)


def blocks(page) -> list[Block]:
    """The blocks of commands of a page."""
    return [Block(each) for each in fences(page) if each.language == LANGUAGE]


def runs_here(page, elsewhere):
    """Whether a page has anything that is run on the kept rehearsal."""
    return any(
        command.plain and not command.plain.startswith("#") and command.plain not in elsewhere
        for block in blocks(page)
        if not block.needs_more
        for command in block.commands
    )


def words_of(text) -> Iterator[list[str]]:
    """The simple commands of a shell script, each as its words; also those within others."""
    text = re.sub(r"(^|\s+)# .*$", "", text.replace("\\\n", " "), flags=re.MULTILINE)
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words: list[str] = []
    for token in lexer:
        if re.fullmatch(r"[();<>|&\n]+", token):
            if words:
                yield words
            words = []
            continue
        for inner in re.findall(r"\$\((.*)\)", token, re.DOTALL):
            yield from words_of(inner)
        words.append(token)
    if words:
        yield words
