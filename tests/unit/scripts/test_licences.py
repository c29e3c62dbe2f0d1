from email.message import Message

import pytest

from scripts.licences import (
    PAGE,
    UNKNOWN,
    Dependency,
    Rules,
    is_allowed,
    known,
    licence_by_text,
    licence_of,
    licences_here,
    page,
)

SHIPPED = ["requirements.txt", "requirements-dev.txt"]
DEVELOPMENT = ["requirements-dev.txt"]


@pytest.fixture(scope="module")
def dependencies() -> list[Dependency]:
    return known(licences_here(), Rules.read(), PAGE.read_text(encoding="utf-8"))


def test_every_dependency_has_a_licence_that_is_allowed(dependencies: list[Dependency]) -> None:
    assert not list(Rules.read().refusals(dependencies))


def test_the_page_of_licences_is_what_the_packages_say(dependencies: list[Dependency]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(dependencies, Rules.read()), (
        "docs/proof/licences.md is stale: run .venv/bin/python scripts/licences.py"
    )


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("A", True),
        ("X", False),
        ("X OR A", True),
        ("X AND A", False),
        ("X AND (A OR B)", False),
        ("A AND (X OR B)", True),
        ("X OR A AND B", True),
        ("X AND Y OR A", True),
        ("A WITH exception", False),
        ("A AND B WITH exception", True),
    ],
)
def test_an_expression_holds_if_what_it_asks_for_is_accepted(expression: str, holds: bool) -> None:
    assert is_allowed(expression, {"A", "B", "B WITH exception"}) is holds


@pytest.mark.parametrize(
    ("licence", "locks", "is_allowed"),
    [
        ("MIT", SHIPPED, True),
        ("GPL-3.0", DEVELOPMENT, True),
        ("GPL-3.0", SHIPPED, False),
        ("MIT OR GPL-3.0", SHIPPED, True),
        ("MIT AND GPL-3.0", SHIPPED, False),
        ("AGPL-3.0-only", DEVELOPMENT, False),
        ("GPL-3.0", ["services/web/requirements.txt"], False),
        ("GPL-3.0", ["services/web/requirements-test.txt"], True),
        ("GPL-3.0", ["policies/tool/requirements.txt"], True),
        ("GPL-3.0", ["package-lock.json"], False),
    ],
)
def test_what_is_passed_on_is_permissive(licence: str, locks: list[str], is_allowed: bool) -> None:
    refusals = list(Rules.read().refusals([Dependency("new", "1", licence, locks)]))
    assert not refusals if is_allowed else licence in refusals[0]


def test_a_package_without_a_licence_is_named() -> None:
    (refusal,) = Rules.read().refusals([Dependency("new", "1", UNKNOWN, SHIPPED)])
    assert refusal.startswith("new 1 (requirements.txt, requirements-dev.txt) names no licence")


def test_a_new_version_is_not_taken_to_have_the_licence_of_the_old_one() -> None:
    rules = Rules({}, {}, {})
    row = next(each for each in known({}, rules, PAGE.read_text()) if each.name == "boto3")
    assert row.licence == "Apache-2.0"
    older = PAGE.read_text().replace(f"| boto3 | {row.version} |", "| boto3 | 1.0 |")
    row = next(each for each in known({}, rules, older) if each.name == "boto3")
    assert row.licence == UNKNOWN


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "something")], "MIT"),
        ([("License", "Apache 2.0")], "Apache-2.0"),
        ([("License", "Dual License")], UNKNOWN),
        ([("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: BSD License")], UNKNOWN),
        (
            [
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: Apache Software License"),
            ],
            UNKNOWN,
        ),
        ([], UNKNOWN),
    ],
)
def test_a_licence_is_what_the_metadata_say_without_a_guess(
    said: list[tuple[str, str]], licence: str
) -> None:
    metadata = Message()
    for key, value in said:
        metadata[key] = value
    assert licence_of(metadata) == licence


BSD = "Redistribution and use in source\nand binary forms, with or without ..."


@pytest.mark.parametrize(
    ("texts", "licence"),
    [
        ([BSD], "BSD-2-Clause"),
        ([f"{BSD} Neither the name ... may be used to endorse or promote"], "BSD-3-Clause"),
        (["Permission is hereby granted, free of charge, ..."], "MIT"),
        ([BSD, "Permission is hereby granted, free of charge, ..."], UNKNOWN),
        (["All rights reserved."], UNKNOWN),
        (["All rights reserved.", BSD], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_a_licence_file_tells_what_metadata_don_t(texts: list[str], licence: str) -> None:
    assert licence_by_text(texts) == licence
