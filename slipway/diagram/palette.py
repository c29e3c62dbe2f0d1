"""Colours, light and dark: those of the project's reports.

They are written into the style sheet as they are. Custom properties would be shorter, but what
turns pictures into slides and PDFs often doesn't know them.
"""

from __future__ import annotations

# Role: (light, dark).
COLOURS = {
    "paper": ("#f6f5f1", "#101316"),
    "card": ("#ffffff", "#181c20"),
    "ink": ("#1b1f24", "#e9ebee"),
    "muted": ("#5a636e", "#9da7b3"),
    "line": ("#d9d7cf", "#343b43"),
    "blue": ("#2b66cf", "#3a70d4"),
    "blue-ink": ("#2457b5", "#8db4ff"),
    "blue-tint": ("#e9f0fc", "#18243a"),
    "green": ("#0f7a50", "#1b8058"),
    "green-ink": ("#0f7a50", "#4cc795"),
    "green-tint": ("#e3f3eb", "#17322a"),
    "amber": ("#a3590b", "#a8641a"),
    "amber-ink": ("#8a4a06", "#e5a55c"),
    "amber-tint": ("#fbf1e3", "#33260f"),
    "violet": ("#6b45c6", "#7d59d6"),
    "violet-ink": ("#6b45c6", "#a98bf5"),
    "violet-tint": ("#f0ebfb", "#261f3d"),
    "teal": ("#0e7490", "#2fa3bf"),
    "pink": ("#a82a76", "#d163a6"),
    "grey": ("#8b95a1", "#6d7783"),
    "grey-tint": ("#efeee9", "#22272d"),
    "red": ("#c02626", "#ff8178"),
    "red-tint": ("#fbe6e4", "#3a1f1f"),
    "white": ("#ffffff", "#ffffff"),
}

# No font is loaded, and the widths of lettering.py are right for these.
_FONT = '"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif'
_MONO = 'ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace'

_FIXED = (
    f"text{{font-family:{_FONT};font-size:13px}}",
    "path,line{fill:none;stroke-linecap:round;stroke-linejoin:round}",
    ".title{font-size:22px;font-weight:700}",
    ".name{font-size:15px;font-weight:700}",
    ".strong{font-weight:700}",
    ".small{font-size:12px}",
    ".wire{stroke-width:1.6}",
    ".bold{stroke-width:2.2}",
    ".dashed{stroke-dasharray:5 4}",
)


def style_sheet(used: set[str]) -> str:
    """Return the rules for the classes that are used, both schemes of colours included.

    ``.fill-<role>``, ``.line-<role>`` and ``.text-<role>`` take a role of the palette.
    """
    roles = [look for look in sorted(used) if look.partition("-")[0] in {"fill", "line", "text"}]
    light = "".join(_rule(look, 0) for look in roles)
    dark = "".join(_rule(look, 1) for look in roles)
    fixed = "".join(
        rule for rule in _FIXED if not rule.startswith(".") or rule[1 : rule.index("{")] in used
    )
    return f"{fixed}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _rule(look: str, scheme: int) -> str:
    kind, _, role = look.partition("-")
    colour = COLOURS[role][scheme]
    return f".{look}{{{'stroke' if kind == 'line' else 'fill'}:{colour}}}"
