"""Rules about actions: each one named and real, on resources and with keys that it knows."""

from collections.abc import Iterable, Iterator

from policies.iam import listed
from policies.iam.patterns import has_wildcard, overlap
from policies.iam.reference import actions_like, find_action, knows_key
from policies.iam.statements import Statement

_BY_EXCEPTION = ("NotAction", "NotResource", "NotPrincipal")


def findings(statements: Iterable[Statement]) -> Iterator[str]:
    """Yield what is wrong with the actions of statements, one line each."""
    for statement in statements:
        for element in _BY_EXCEPTION:
            if element in statement.elements:
                yield (
                    f"{statement.place}: {element} allows or denies what nobody listed; name the "
                    f"{element.removeprefix('Not').lower()}s that are meant"
                )
        if {"NotAction", "NotResource"} & statement.elements:
            continue
        for action in statement.actions:
            if has_wildcard(action):
                yield from _wildcard(statement, action)
                continue
            if find_action(action) is None:
                yield f"{statement.place}: AWS has no action {action}"
                continue
            yield from _resources(statement, action)
            yield from _conditions(statement, (action,))


def _wildcard(statement: Statement, action: str) -> Iterator[str]:
    # Whoever denies by a wildcard denies more, and never less.
    if statement.allows and (statement.type, action) not in listed.ACTION_WILDCARDS:
        yield f"{statement.place}: allows {action}; name each action"
    elif action != "*":
        covered = actions_like(action)
        if not covered:
            yield f"{statement.place}: AWS has no action like {action}"
        yield from _conditions(statement, covered, written_as=action)


def _resources(statement: Statement, action: str) -> Iterator[str]:
    """Check that a narrowed action can be narrowed, and to such resources."""
    known = find_action(action)
    assert known is not None  # noqa: S101 - narrows the type
    if action in listed.PAGES_DIFFER or statement.kind == "resource":
        return
    for resource in statement.resources:
        if resource == "*":
            continue
        if not known.resources:
            yield (
                f"{statement.place}: {action} is granted on all resources or not at all, and never "
                f"on {resource} ({known.page})"
            )
        elif not _fits(statement, resource):
            yield f"{statement.place}: {action} knows no resource like {resource} ({known.page})"


def _fits(statement: Statement, resource: str) -> bool:
    """Tell whether any action of the statement can be narrowed to a resource.

    Actions share a statement with the resources of each other; see AWS's page of policy elements.
    """
    return any(
        overlap(resource, pattern)
        for action in statement.actions
        if (known := find_action(action)) is not None
        for pattern in known.resources
    )


def _conditions(
    statement: Statement, actions: Iterable[str], written_as: str = ""
) -> Iterator[str]:
    for _, key, _ in statement.conditions:
        if key in listed.KEYS_OF_EVERY_ACTION or (written_as, key) in listed.KEYS_AS_AWS_WRITES:
            continue
        if not any((known := find_action(action)) and knows_key(known, key) for action in actions):
            yield f"{statement.place}: {', '.join(actions)} knows no condition key {key}"
