"""docs/reference/permissions.md: what every role may do, and who may do what with each resource."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from policies.iam import listed, pipeline, trusted, wildcards
from policies.iam.forms import bounded, glob
from policies.iam.patterns import has_wildcard, overlap
from policies.iam.reach import Reach
from policies.iam.reason import Reason
from policies.iam.roles import Role
from policies.iam.statements import Statement, statements
from policies.iam.templates import Assembly
from policies.iam.things import Owner

Item = TypeVar("Item")

_OPERATORS = {
    "ArnEquals": "is",
    "ArnLike": "is like",
    "Bool": "is",
    "ForAnyValue:StringEquals": "has",
    "Null": "is absent:",
    "NumericLessThan": "is less than",
    "StringEquals": "is",
    "StringEqualsIfExists": "is, if it is there,",
    "StringLike": "is like",
}

HEAD = Path(__file__).with_name("head.md").read_text(encoding="utf-8")
"""What the page says before the first role."""


@dataclass(frozen=True)
class _Row:
    """A line of a table, and where it holds."""

    cells: tuple[str, ...]
    owner: Owner


def page(assembly: Assembly) -> str:
    """Write the page, in Markdown."""
    reach = Reach(assembly)
    parts = [HEAD]
    for title, roles in _grouped(reach.roles, lambda role: _stack(role.place, role.owner)):
        parts.append(f"\n## {title}\n")
        for name, same in _grouped(roles, lambda role: _name(role.place)):
            parts += _role(name, same)
    parts.append(
        "\n## Policies of resources\n\nBeside these, roles of the same account have what is above."
        "\n\n"
    )
    parts += _resources(list(statements(assembly)))
    return "".join(parts)


def _role(name: str, same: list[Role]) -> Iterator[str]:
    everywhere = {role.owner for role in same}
    trusts = sorted({_trust(statement) for role in same for statement in role.trust})
    yield f"\n### {name}\n\nThe {_uses(same)}.\nAssumed by {'; '.join(trusts)}.\n"
    yield from dict.fromkeys(f"{_text(reason)}\n" for role in same for reason in _unasked(role))
    rows = [
        _Row(_permission(role, statement), role.owner)
        for role in same
        for statement in role.identity
    ]
    if rows:
        yield "\n| may | on | if | why | where |\n|---|---|---|---|---|\n"
        yield from _lines(rows, everywhere)
    else:
        yield "\nIt may do nothing.\n"


def _permission(role: Role, statement: Statement) -> tuple[str, ...]:
    wide = [
        entry
        for action in statement.actions
        for resource in statement.resources
        if statement.allows and has_wildcard(resource)
        if (entry := wildcards.entry(statement, action, resource))
    ]
    return (
        _effect(statement) + _codes(statement.actions),
        _codes(_plain(resource, statement.owner) for resource in statement.resources),
        _conditions(statement),
        " ".join(
            dict.fromkeys(
                (
                    *_nothing_narrower(wide),
                    *_because(wide),
                    *_exceptions(statement),
                    *_of_the_pipeline(role, statement),
                )
            )
        ),
    )


def _nothing_narrower(entries: list[str]) -> Iterator[str]:
    """Say of actions without a resource, together, what they are for."""
    uses: dict[str, list[str]] = {}
    for entry in dict.fromkeys(entries):
        if entry in listed.WITHOUT_A_RESOURCE:
            uses.setdefault(listed.WITHOUT_A_RESOURCE[entry], []).append(entry.partition(":")[2])
    if uses:
        texts = (f"{use} ({', '.join(names)})" for use, names in uses.items())
        yield f"AWS offers nothing narrower: {'; '.join(texts)}."


def _because(entries: list[str]) -> Iterator[str]:
    for entry in entries:
        if entry not in listed.WITHOUT_A_RESOURCE:
            yield _text(wildcards.reason(entry))


def _exceptions(statement: Statement) -> Iterator[str]:
    """Give the reason for what is another owner's, and for what AWS's pages don't agree on."""
    for action in statement.actions:
        if action in listed.PAGES_DIFFER:
            yield _text(listed.PAGES_DIFFER[action])
        for (shared, end), reason in listed.SHARED.items():
            form = f"arn:aws:{action.partition(':')[0]}:{{region}}:{{account}}:{end}"
            if (
                shared == action
                and statement.owner.is_service
                and any(
                    overlap(each, form_of)
                    for each in statement.resources
                    for form_of in [glob(form, statement.owner)]
                    if each != "*"
                )
            ):
                yield _text(reason)


def _of_the_pipeline(role: Role, statement: Statement) -> Iterator[str]:
    """Give the reason for what only the pipeline's roles may do."""
    for action in statement.actions:
        for use in role.uses:
            if (use.kind, action) in pipeline.MAY and pipeline.may(role, action):
                yield f"Only the pipeline may: {pipeline.MAY[use.kind, action]}."


def _unasked(role: Role) -> Iterator[Reason]:
    """Give the reason for each service that is trusted without a condition."""
    for statement in role.trust:
        for _, value in statement.principals:
            for use in role.uses:
                if not statement.conditions and (use.kind, value) in trusted.UNCONDITIONAL_SERVICES:
                    yield trusted.UNCONDITIONAL_SERVICES[use.kind, value]


def _resources(found: list[Statement]) -> Iterator[str]:
    yield "| resource | who | may | if | why | where |\n|---|---|---|---|---|---|\n"
    policies = [each for each in found if each.kind == "resource"]
    rows = [
        _Row(
            (
                f"{_stack(each.place, each.owner)}: {_name(each.place)}",
                _codes(_plain(value, each.owner) for _, value in each.principals),
                _effect(each) + _codes(each.actions),
                _conditions(each),
                " ".join(dict.fromkeys(_text(reason) for reason in _why(each))),
            ),
            each.owner,
        )
        for each in policies
    ]
    for _, same in _grouped(rows, lambda row: row.cells[0]):
        places = {
            each.owner
            for each in policies
            if f"{_stack(each.place, each.owner)}: {_name(each.place)}" == same[0].cells[0]
        }
        yield from _lines(same, places)


def _why(statement: Statement) -> Iterator[Reason]:
    if not statement.allows:
        return
    for action in statement.actions:
        for reasons in (trusted.WHOLE_ACCOUNTS, listed.ACTION_WILDCARDS):
            if (statement.type, action) in reasons:
                yield reasons[statement.type, action]
                break
        for (type_, allowed, form), reason in trusted.EVERYBODY.items():
            if (type_, allowed) == (statement.type, action) and any(
                bounded(form, statement.owner).fullmatch(each) for each in statement.resources
            ):
                yield reason
    for _, value in statement.principals:
        if (statement.type, value) in trusted.UNCONDITIONAL_SERVICES:
            yield trusted.UNCONDITIONAL_SERVICES[statement.type, value]


def _lines(rows: Iterable[_Row], everywhere: set[Owner]) -> Iterator[str]:
    """Yield each different line once, with where it holds if that is not everywhere."""
    for cells, same in _grouped(rows, lambda row: "\n".join(row.cells), ordered=False):
        owners = {row.owner for row in same}
        where = "" if owners == everywhere else _where(owners, everywhere)
        yield f"| {' | '.join((*cells.split(chr(10)), where))} |\n"


def _where(owners: set[Owner], everywhere: set[Owner]) -> str:
    """Tell the services or environments, or both, in the fewest words."""
    services = {owner.service for owner in owners}
    environments = {owner.environment for owner in owners}
    if owners == {each for each in everywhere if each.service in services}:
        return ", ".join(sorted(services))
    if owners == {each for each in everywhere if each.environment in environments}:
        return ", ".join(sorted(environments))
    return ", ".join(sorted(f"{owner.service} in {owner.environment}" for owner in owners))


def _stack(place: str, owner: Owner) -> str:
    if owner.is_service and owner.environment != "tooling":
        return "Stack of a service"
    name = place.partition("/")[0].removeprefix(f"{owner.application}-")
    return f"Stack {name.removeprefix(f'{owner.environment}-')}"


def _name(place: str) -> str:
    """Return a logical id as people know it, without what the library adds."""
    return re.sub(r"[0-9A-F]{8}$", "", place.partition("/")[2])


def _effect(statement: Statement) -> str:
    return "" if statement.allows else "**must not**<br>"


def _trust(statement: Statement) -> str:
    who = _codes(value for _, value in statement.principals)
    conditions = _conditions(statement).replace("<br>", " ")
    return f"{who} if {conditions}" if conditions else who


def _uses(same: list[Role]) -> str:
    found: dict[str, dict[str, None]] = {}
    for role in same:
        for use in role.uses:
            found.setdefault(use.kind, {})[_plain(use.arn, role.owner)] = None
    return "; ".join(
        f"{kind} of {', '.join(f'`{each}`' for each in sorted(arns))}"
        if kind.endswith("role")
        else f"role of the {kind} {', '.join(f'`{each}`' for each in sorted(arns))}"
        for kind, arns in sorted(found.items())
    )


def _conditions(statement: Statement) -> str:
    return "<br>and ".join(
        f"`{key}` {_OPERATORS.get(operator, operator)} "
        + " or ".join(f"`{_plain(value, statement.owner)}`" for value in sorted(values))
        for operator, key, values in statement.conditions
    )


def _codes(texts: Iterable[str]) -> str:
    return "<br>".join(f"`{text}`" for text in dict.fromkeys(texts))


def _text(reason: Reason) -> str:
    return f"{reason.because} ([AWS]({reason.page}))" if reason.page else reason.because


def _plain(text: str, owner: Owner) -> str:
    """Write a name as it is in any account, environment and service."""
    text = re.sub(r"<([^<>/]+)/(\w+?)(?:[0-9A-F]{8})?>", r"<id of \2>", text)
    text = re.sub(r"<(?!generated)[\w-]+>", "<id>", text)
    text = re.sub(r"[0-9A-F]{8}-<generated>", "-<generated>", text)
    text = re.sub(r"^arn:aws:(ecr):[\w-]+:\d{12}:", r"\1 of <tooling account> ", text)
    for value, name in (
        (owner.account, "account"),
        (owner.region, "region"),
        (owner.environment, "environment"),
        *([(owner.service, "service")] if owner.is_service else []),
    ):
        text = re.sub(rf"(?<![A-Za-z0-9<]){re.escape(value)}(?![A-Za-z0-9>])", f"<{name}>", text)
    return re.sub(r"^arn:aws:([\w-]+):(<region>)?:(<account>)?:", r"\1 ", text)


def _grouped(
    items: Iterable[Item], key: Callable[[Item], str], *, ordered: bool = True
) -> Iterator[tuple[str, list[Item]]]:
    """Yield items by a key of theirs, in the order of the keys, or of their first ones."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    yield from sorted(groups.items()) if ordered else groups.items()
