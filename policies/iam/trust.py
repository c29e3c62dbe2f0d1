"""Rules about principals: nobody is trusted as a whole account, or as a whole service of AWS."""

import re
from collections.abc import Iterable, Iterator

from policies.iam import trusted
from policies.iam.forms import bounded
from policies.iam.roles import Role
from policies.iam.statements import Statement

# Keys that leave one account, or what is in it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_OF_ACCOUNTS = ("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID")
_OF_SOURCES = ("aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:aws:logs:arn")
_NARROWING = (*_OF_ACCOUNTS, *_OF_SOURCES, "aws:PrincipalTag/slipway:service", "kms:ViaService")


def findings(statements: Iterable[Statement], roles: Iterable[Role]) -> Iterator[str]:
    """Yield each principal that is trusted more widely than is listed, one line each."""
    kinds = {role.place: {use.kind for use in role.uses} or {"nothing"} for role in roles}
    for statement in statements:
        if statement.allows:
            for kind, value in statement.principals:
                yield from _finding(statement, kind, value, kinds)


def entries(statement: Statement, uses: set[str]) -> Iterator[tuple[str, ...]]:
    """Yield the keys under which lists let a statement's principals pass."""
    for kind, value in statement.principals:
        if kind == "Service":
            for user in uses:
                yield user, value
        for action in statement.actions:
            yield statement.type, action
            for resource in statement.resources:
                for each in trusted.EVERYBODY:
                    if each[:2] == (statement.type, action) and bounded(
                        each[2], statement.owner
                    ).fullmatch(resource):
                        yield each


def unused(statements: Iterable[Statement], roles: Iterable[Role]) -> set[tuple[str, ...]]:
    """Return the entries of lists that no statement needs."""
    kinds = {role.place: {use.kind for use in role.uses} for role in roles}
    needed = {
        entry
        for statement in statements
        if statement.allows and not _bound(statement)
        for entry in entries(statement, _users(statement, kinds))
    }
    every = {*trusted.UNCONDITIONAL_SERVICES, *trusted.WHOLE_ACCOUNTS, *trusted.EVERYBODY}
    return every - needed


def _finding(
    statement: Statement, kind: str, value: str, kinds: dict[str, set[str]]
) -> Iterator[str]:
    where = f"{statement.place}: {', '.join(statement.actions)}"
    found = set(entries(statement, _users(statement, kinds)))
    if kind == "*":
        if not _bound(statement) and not found & trusted.EVERYBODY.keys():
            yield f"{where} is allowed to everybody; name who it is, or a condition on the account"
    elif kind == "AWS" and re.search(r"^\d{12}$|:root$", value):
        if not _bound(statement) and not found & trusted.WHOLE_ACCOUNTS.keys():
            yield f"{where} is allowed to the whole account {value}; add a condition"
        elif found & trusted.WHOLE_ACCOUNTS.keys() and statement.owner.account not in value:
            yield f"{where} is allowed to {value}, which is another account than its own"
    elif kind == "AWS" and "*" in value:
        yield f"{where} is allowed to {value}; a principal has no wildcard"
    elif kind == "Service" and not _has(statement, _OF_SOURCES):
        for user in _users(statement, kinds):
            if (user, value) not in trusted.UNCONDITIONAL_SERVICES:
                yield (
                    f"{where} is allowed to {value} for whoever uses it (as {user}); add "
                    "aws:SourceAccount or aws:SourceArn"
                )
    elif kind in ("Federated", "CanonicalUser"):
        yield f"{where} is allowed to {value}; no rule says who that is"


def _users(statement: Statement, kinds: dict[str, set[str]]) -> set[str]:
    """Return what trusts: the resource's type, or what runs with the role."""
    return kinds.get(statement.place, set()) if statement.kind == "trust" else {statement.type}


def _bound(statement: Statement) -> bool:
    return _has(statement, _NARROWING)


def _has(statement: Statement, keys: Iterable[str]) -> bool:
    """Tell whether one of some keys must have a value, and one that is no wildcard."""
    return any(
        values and not any(value.strip("*") == "" for value in values)
        for key in keys
        for operator, name, values in statement.conditions
        if name.lower() == key.lower() and not _absent_is_enough(operator)
    )


def _absent_is_enough(operator: str) -> bool:
    return (
        operator.endswith("IfExists")
        or "Not" in operator
        or operator.startswith("ForAllValues")
        or operator == "Null"
    )
