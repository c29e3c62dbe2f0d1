"""What the program answers with --json, held against its schema."""

import json

import jsonschema

from slipway.cli.schemas import schema_of


def answer(told, verb):
    """Return what a command answered in JSON; it keeps the verb's schema."""
    assert told.returncode == 0, told.stderr
    return held(told.stdout, verb)


def held(text, verb):
    """Return what JSON says: a whole answer, or a line where the verb answers in lines."""
    found = json.loads(text)
    jsonschema.validate(
        found, schema_of(verb), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return found
