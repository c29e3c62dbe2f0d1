"""Whether a command that can't be run here has a form that its program takes."""

import functools
import re
from collections.abc import Iterator
from itertools import pairwise

import botocore.session
import jmespath
import typer
from botocore import xform_name

from documentation.blocks import PROJECT
from slipway.cli.main import app

# What the AWS CLI has beside the operations of its services: what may follow their names.
# https://docs.aws.amazon.com/cli/latest/reference/
_CUSTOM = {
    ("ecr", "get-login-password"): set(),
    ("logs", "tail"): {"--since", "--follow", "--log-stream-names", "--filter-pattern"},
}
_SERVICES = {"deploy": "codedeploy"}
# https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html
_GLOBAL = {"--query", "--output", "--profile", "--region", "--no-paginate", "--no-cli-pager"}
_PAGES = {"--max-items", "--page-size", "--starting-token"}


def mistakes(words) -> Iterator[str]:
    """Say what is wrong with a command's form, as far as its program is known here."""
    words = list(words)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words.pop(0)
    if not words:
        return
    program, *rest = words
    if program == "aws":
        yield from _aws(rest)
    elif program in {".venv/bin/slipway", "slipway"}:
        yield from _slipway(rest)
    elif program == "make":
        yield from (f"no target {each}" for each in rest if not is_target(each))
    elif program.startswith(("scripts/", "./")) and not (PROJECT / program).exists():
        yield f"there is no {program}"
    elif program == ".venv/bin/python":
        yield from _python(rest)


def is_target(word):
    """Whether make has this target; an assignment is none and is fine."""
    return "=" in word or word in _targets()


@functools.cache
def _targets():
    return set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))


@functools.cache
def verbs():
    """The verbs of the command line, each with its parameters."""
    found = {}
    for name, command in typer.main.get_command(app).commands.items():
        found[name] = command.params
        for below, each in getattr(command, "commands", {}).items():
            found[f"{name} {below}"] = each.params
    return found


def _slipway(words):
    if words in (["--help"], ["--version"]):
        return
    verb, *rest = words
    if rest and f"{verb} {rest[0]}" in verbs():
        verb = f"{verb} {rest.pop(0)}"
    if verb not in verbs():
        yield f"slipway has no verb {verb}"
        return
    if "--" in rest:
        rest = rest[: rest.index("--")]
    parameters = verbs()[verb]
    takes = {"--help": False}
    arguments = 0
    for each in parameters:
        if each.param_type_name == "argument":
            arguments += each.nargs if each.nargs > 0 else 99
        else:
            takes |= dict.fromkeys([*each.opts, *each.secondary_opts], not each.is_flag)
    given = 0
    while rest:
        word, _, value = rest.pop(0).partition("=")
        if not word.startswith("-"):
            given += 1
        elif word not in takes:
            yield f"slipway {verb} has no option {word}"
            return  # Whether it would take a value, nobody knows.
        elif takes[word] and not value:
            if not rest:
                yield f"slipway {verb} {word} wants a value"
            rest = rest[1:]
    if given > arguments:
        yield f"slipway {verb} takes {arguments} arguments, not {given}"


def _python(words):
    if words[:1] == ["-m"]:
        module = PROJECT / words[1].replace(".", "/")
        if words[1] not in {"pytest", "venv"} and not (
            module.is_dir() or module.with_suffix(".py").is_file()
        ):
            yield f"there is no module {words[1]}"
    elif words and words[0].endswith(".py") and not (PROJECT / words[0]).exists():
        yield f"there is no {words[0]}"


@functools.cache
def _model(service):
    session = botocore.session.Session()
    name = _SERVICES.get(service, service)
    if name not in session.get_available_services():
        return None
    model = session.get_service_model(name)
    try:
        waiters = set(map(_dashed, session.get_waiter_model(name).waiter_names))
    except botocore.exceptions.UnknownServiceError:
        waiters = set()
    operations = {_dashed(each): model.operation_model(each) for each in model.operation_names}
    return operations, waiters


def _dashed(name):
    return xform_name(name, "-")


def _aws(words):
    service, operation, *rest = words
    options = [word for word in rest if re.fullmatch(r"--[a-z-]+", word)]
    queries = [after for word, after in pairwise(rest) if word == "--query"]
    for query in queries:
        try:
            jmespath.compile(query)
        except jmespath.exceptions.ParseError as error:
            yield f"--query {query}: {error}"
    if (service, operation) in _CUSTOM:
        known = _CUSTOM[service, operation] | _GLOBAL
    else:
        model = _model(service)
        if model is None:
            yield f"aws has no service {service}"
            return
        operations, waiters = model
        if operation == "wait":
            if rest[0] not in waiters:
                yield f"aws {service} can't wait for {rest[0]}"
            return
        if operation not in operations:
            yield f"aws {service} has no {operation}"
            return
        shape = operations[operation].input_shape
        members = shape.members if shape else {}
        required = {f"--{_dashed(each)}" for each in (shape.required_members if shape else ())}
        known = {f"--{_dashed(each)}" for each in members} | _GLOBAL | _PAGES
        # A switch of a command has a way to switch it off.
        known |= {
            f"--no-{_dashed(name)}" for name, each in members.items() if each.type_name == "boolean"
        }
        given = {option.replace("--no-", "--") for option in options}
        yield from (f"aws {service} {operation} wants {each}" for each in required - given)
    for option in options:
        if option not in known:
            yield f"aws {service} {operation} has no {option}"
