"""Findings, the acknowledgements that answer to them, and what remains open."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

# A reason that says why it is right *here* takes a sentence.
FEWEST_WORDS = 12


@dataclass(frozen=True, order=True)
class Finding:
    """What a checker says of one construct.

    Parameters
    ----------
    checker
        Who says it, as in the table: ``checkov``.
    id
        As an acknowledgement names it, with its namespace: ``Checkov::CKV_AWS_18``.
    path
        The construct: ``Dev/Network/AccessLogs/Bucket/Resource``.
    detail
        What is wrong.
    """

    checker: str
    id: str
    path: str
    detail: str = field(default="", compare=False)

    @property
    def rule(self) -> str:
        """The rule, without the part of the construct that it is about."""
        return rule_of(self.id)


@dataclass(frozen=True, order=True)
class Acknowledgement:
    """What the code says of a finding: that it is right as it is, and why.

    Parameters
    ----------
    id
        The finding, with its namespace.
    path
        The construct that it is written for; it answers for what is below, too.
    reason
        Why.
    """

    id: str
    path: str
    reason: str


@dataclass(frozen=True)
class Judgement:
    """What the register says of all findings.

    Attributes
    ----------
    acknowledged
        Findings, each with what answers to it.
    open
        Findings that nothing answers to.
    stale
        Acknowledgements that no finding needs.
    flawed
        Acknowledgements that can't be accepted, each with what is wrong.
    """

    acknowledged: dict[Finding, Acknowledgement]
    open: list[Finding]
    stale: list[Acknowledgement]
    flawed: list[tuple[Acknowledgement, str]]

    @property
    def holds(self) -> bool:
        """Tell whether there is nothing to do."""
        return not (self.open or self.stale or self.flawed)


def judge(
    findings: Iterable[Finding],
    acknowledgements: Iterable[Acknowledgement],
    stacks: Collection[str],
) -> Judgement:
    """Match findings with acknowledgements, each finding with the nearest one above it.

    Parameters
    ----------
    findings, acknowledgements
        Of one synthesis.
    stacks
        The paths of its stacks: an acknowledgement for a whole one is too wide.
    """
    register = sorted(set(acknowledgements))
    by_place = {(each.id, each.path): each for each in register}
    acknowledged: dict[Finding, Acknowledgement] = {}
    still_open = []
    for finding in sorted(set(findings)):
        for path in upwards(finding.path):
            if answer := by_place.get((finding.id, path)):
                acknowledged[finding] = answer
                break
        else:
            still_open.append(finding)
    used = {(each.id, each.path) for each in acknowledged.values()}
    return Judgement(
        acknowledged=acknowledged,
        open=still_open,
        stale=[each for each in register if (each.id, each.path) not in used],
        flawed=[(each, flaw) for each in register for flaw in _flaws(each, by_place, stacks)],
    )


def rule_of(identifier: str) -> str:
    """Return the rule of an id: ``AwsSolutions-IAM5`` of ``AwsSolutions::AwsSolutions-IAM5[…]``."""
    return identifier.split("[")[0].rpartition("::")[2]


def upwards(path: str) -> Iterator[str]:
    """Yield a construct's path, and those of what it is in, the widest last."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _flaws(
    each: Acknowledgement,
    by_place: dict[tuple[str, str], Acknowledgement],
    stacks: Collection[str],
) -> Iterator[str]:
    if any(stack == each.path or stack.startswith(f"{each.path}/") for stack in stacks):
        yield "covers a whole stack: write it beside the construct that it is about"
    if len(each.reason.split()) < FEWEST_WORDS:
        yield "has no reason that an auditor could judge: say why it is right here"
    if by_place[each.id, each.path] != each:
        yield "is written twice, with two reasons: keep one"
    if "::" not in each.id:
        yield "doesn't name its checker: use slipway_constructs.findings.acknowledge"
