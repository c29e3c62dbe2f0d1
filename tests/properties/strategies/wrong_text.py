"""Files that are no YAML, no text, or more than settings need."""

from collections.abc import Callable


def _bomb(levels: int, width: int = 10) -> str:
    lines = [f"bomb0: &b0 [{', '.join('x' * width)}]\n"]
    for level in range(1, levels):
        aliases = ", ".join([f"*b{level - 1}"] * width)
        lines.append(f"bomb{level}: &b{level} [{aliases}]\n")
    return "".join(lines)


KINDS: dict[str, Callable[[str], str | bytes]] = {
    "nothing": lambda _: "",
    "a comment": lambda _: "# later\n",
    "a list": lambda text: "".join(f"- {line}\n" for line in ("a", "b")) or text,
    "a word": lambda _: "hello\n",
    "two documents": lambda text: f"{text}---\n{text}",
    "a key twice": lambda text: text + text.splitlines()[0].partition(":")[0] + ": again\n",
    "a tab": lambda text: f"{text}tabbed:\n\tkey: 1\n",
    "a bracket": lambda text: f"{text}open: [1, 2\n",
    "a quote": lambda text: f"{text}open: 'never closed\n",
    "two colons": lambda text: f"{text}a: b: c\n",
    "an indent": lambda text: f"{text} odd: 1\n",
    "a tag of Python": lambda text: f"{text}x: !!python/object/apply:os.system [id]\n",
    "a tag of CloudFormation": lambda text: f"{text}x: !Ref Y\n",
    "a tag of a number": lambda text: f"{text}x: !!int 1\n",
    "an alias of nothing": lambda text: f"{text}x: *nothing\n",
    "an alias of itself": lambda text: f"{text}x: &x [*x]\n",
    "a merge": lambda text: f"{text}<<: {{a: b}}\n",
    "a list for a key": lambda text: f"{text}? [a]\n: b\n",
    "a mapping for a key": lambda text: f"{text}{{a: b}}: c\n",
    "an alias for a key": lambda text: f"{text}x: &x a\n*x : c\n",
    "aliases that explode": lambda text: text + _bomb(20),
    "aliases of aliases": lambda text: text + _bomb(2000, 2),
    "long aliases": lambda text: f"{text}x: &x {'x' * 500_000}\ny: [{', '.join(['*x'] * 9000)}]\n",
    "deep lists": lambda text: f"{text}x: {'[' * 10_000}{']' * 10_000}\n",
    "deep mappings": lambda text: f"{text}x: {'{a: ' * 10_000}{'}' * 10_000}\n",
    "deep blocks": lambda text: text + "".join(f"{' ' * n}k:\n" for n in range(300)),
    "deep keys": lambda text: f"{text}{'? ' * 10_000}a\n",
    "5 MB": lambda text: text + "# a comment\n" * 420_000,
    "many keys": lambda text: text + "".join(f"k{n}: 1\n" for n in range(19_000)),
    "a long key": lambda text: f"{text}? {'k' * 900_000}\n: 1\n",
    "a zero": lambda text: f"{text}x: \x00\n",
    "a bell": lambda text: f"{text}x: \x07\n",
    "Latin-1": lambda text: text.encode() + b"x: \xe9\n",
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "a picture": lambda text: b"\x89PNG\r\n\x1a\n" + text.encode(),
    "an archive": lambda text: b"\x1f\x8b\x08\x00" + text.encode(),
    "half a character": lambda text: f'{text}x: "\\ud800"\n',
    "half a character in a key": lambda text: f'{text}"\\ud800": x\n',
    "no character": lambda text: f'{text}x: "\\UFFFFFFFF"\n',
    "another YAML": lambda text: f"%YAML 9.9\n---\n{text}",
    "a directive": lambda text: f"%TAG ! tag:example.com,2000:\n---\n{text}x: !y z\n",
}
"""What becomes of the text of a file that was right."""
