"""docs/proof/compliance.md: each rule, where it holds, and each exception with its reason."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from policies.assembly import GUARD, VALIDATOR, Assembly
from policies.cfn_lint import CFN_LINT
from policies.checked import Checked
from policies.register import Acknowledgement
from policies.run import Result
from policies.run_checkov import CHECKOV

FILE = Path(__file__).resolve().parent.parent / "docs" / "proof" / "compliance.md"

# slipway_constructs.listeners says so of a listener that speaks HTTP.
PLAIN_HTTP_METADATA = "slipway:plain-http"

_RULES_OF_CFN_LINT = "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md"

_HEAD = """\
# Compliance

Every template of every environment, and of the registries, is held to every rule on this page.
`make policy` checks it, and fails for a finding that is neither mended nor acknowledged, for an
acknowledgement that no finding needs, for a checker that did not work, and when this page is not
what it found. It writes this page with `.venv/bin/python -m policies --record`.

Nothing on this page comes from an AWS account: the checkers read templates. A pack holds what its
authors could say of a standard as rules about templates; to pass it is not to comply with the
standard. PCI DSS 3.2.1 is the version that cdk-nag has; the standard itself has gone on to 4.0.

"""

_WHERE = """
## Where

Stages and stacks: {places}.

"Holds" means in all of them. A rule without anything to look at is one about resources that no
template has; it is checked as soon as one has them.

"""

_ACKNOWLEDGED = """\
## Acknowledged findings

They are right as they are, for the reason given. Each is acknowledged in the code beside the
construct that it is about, with `slipway_constructs.findings.acknowledge`, which also writes it
into the template, so that your own run of cfn-lint or checkov leaves out the same. There are no
others. A name between `<` and `>` stands for what differs between environments.

"""

_PLAIN_HTTP = """\
## Without TLS

Listeners speak HTTPS only, with TLS 1.2 or 1.3, and port 80 leads there; a test reads every
template for it. These environments have no certificate, for the reason that their file states
under `plain_http`:

| environment | reason | listeners |
|---|---|---|
"""


def text(result: Result) -> str:
    """Write the page."""
    places = sorted({stack.path.split("/")[0] for stack in result.assembly.stacks})
    return "".join(
        [
            _HEAD,
            *_checkers(result.checkers),
            _WHERE.format(places=", ".join(places)),
            *(part for each in result.checkers for part in _rules(each)),
            _ACKNOWLEDGED,
            *acknowledged(set(result.judgement.acknowledged.values())),
            _PLAIN_HTTP,
            *_without_tls(result.assembly),
        ]
    )


def _checkers(checkers: Iterable[Checked]) -> Iterator[str]:
    yield "| checker | version | rules | with something to look at | hold | acknowledged |\n"
    yield "|---|---|---|---|---|---|\n"
    for each in checkers:
        holding = len(each.holding)
        yield (
            f"| {each.checker} | {each.version} | {len(each.rules) + len(each.idle)} "
            f"| {len(each.rules)} | {holding} | {len(each.rules) - holding} |\n"
        )


def _rules(checked: Checked) -> Iterator[str]:
    yield f"### {checked.checker}\n\n"
    if checked.checker in (CHECKOV, GUARD):
        title = "why" if checked.checker == GUARD else "asks for"
        yield f"| rule | {title} | |\n|---|---|---|\n"
        for rule in checked.rules:
            state = "acknowledged" if rule in checked.broken else "holds"
            yield f"| `{rule}` | {checked.meanings.get(rule, '')} | {state} |\n"
        yield "\n"
        return
    if checked.checker in (CFN_LINT, VALIDATOR):
        yield f"What these rules ask for: <{_RULES_OF_CFN_LINT}>\n\n"
    yield from _list("Hold", checked.holding, checked.checker)
    yield from _list("Hold but for what is acknowledged", sorted(checked.broken), checked.checker)
    yield from _list("Have nothing to look at", checked.idle, checked.checker)


def _list(title: str, rules: Iterable[str], pack: str) -> Iterator[str]:
    names = ", ".join(rule.removeprefix(f"{pack}-") for rule in rules)
    if names:
        yield textwrap.fill(
            f"{title}: {names}.", 100, break_long_words=False, break_on_hyphens=False
        )
        yield "\n\n"


def acknowledged(register: Iterable[Acknowledgement]) -> Iterator[str]:
    """Write each reason once, with all that it is a reason for."""
    places: dict[tuple[str, str], dict[str, set[str]]] = {}
    for each in register:
        place, _, construct = each.path.partition("/")
        findings = places.setdefault((each.reason, construct), {})
        findings.setdefault(_masked(each.id, place), set()).add(place)
    lines: dict[str, dict[tuple[str, str], list[str]]] = {}
    for (reason, construct), findings in sorted(places.items(), key=lambda item: item[0][::-1]):
        by_where: dict[str, list[str]] = {}
        for finding, where in findings.items():
            by_where.setdefault(", ".join(sorted(where)), []).append(finding)
        for where_text, names in sorted(by_where.items()):
            about = lines.setdefault(reason, {})
            about.setdefault((_short(names), where_text), []).append(construct)
    for reason, about in lines.items():
        yield textwrap.fill(_plain(reason), 100, break_long_words=False, break_on_hyphens=False)
        yield "\n\n"
        for (names_text, where_text), constructs in about.items():
            yield f"- {', '.join(constructs)} ({where_text}): {names_text}\n"
        yield "\n"


def _masked(identifier: str, place: str) -> str:
    """Leave out what differs between environments: the same finding elsewhere is the same."""
    finding = re.sub(r":[a-z0-9-]+:\d{12}:", ":<region>:<account>:", identifier)
    rule, bracket, suffix = finding.partition("[")
    # An environment's Access stack stands beside its stage.
    environment = re.escape(place.removesuffix("Access").lower())
    suffix = re.sub(rf"(?<=[-/]){environment}(?=[-/:*])", "<environment>", suffix)
    return rule + bracket + suffix


def _short(identifiers: Iterable[str]) -> str:
    """Write ids without their namespace, and what several packs call the same only once."""
    packs: dict[str, list[str]] = {}
    for identifier in sorted(identifiers):
        namespace, _, name = identifier.partition("::")
        shared = name.removeprefix(f"{namespace}-")
        # AwsSolutions-S1 is known by this name; NIST's and PCI DSS's rules by what they ask for.
        named = name if len(shared) < len("S3BucketX") or "[" in shared else shared
        packs.setdefault(named, []).extend([namespace] if named != name else [])
    return ", ".join(
        f"`{name}`" + (f" ({', '.join(of)})" if of else "") for name, of in packs.items()
    )


def _plain(reason: str) -> str:
    return " ".join(reason.split())


def _without_tls(assembly: Assembly) -> Iterator[str]:
    listeners = Counter(
        (
            next(
                tag["Value"]
                for tag in resource["Properties"]["Tags"]
                if tag["Key"] == "slipway:environment"
            ),
            resource["Metadata"][PLAIN_HTTP_METADATA],
        )
        for stack in assembly.stacks
        for resource in stack.content["Resources"].values()
        if PLAIN_HTTP_METADATA in resource.get("Metadata", {})
    )
    for (environment, reason), count in sorted(listeners.items()):
        yield f"| {environment} | {reason} | {count} |\n"
