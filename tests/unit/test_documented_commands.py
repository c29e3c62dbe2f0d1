"""No command of a page is left alone: it is run, or says why not and has the right form.

tests/rehearsal/test_documentation.py runs them.
"""

import re

import pytest

from documentation.blocks import PROJECT, Block, Fence, blocks, fences, pages, words_of
from documentation.elsewhere import ELSEWHERE, PAGES
from documentation.forms import is_target, mistakes, verbs

COMMAND = re.compile(
    r"^ *\$? ?(\.venv/bin/|make |aws |slipway |scripts/|python3? |git |curl )", re.M
)


def block(text, language="sh"):
    (fence,) = fences("page.md", f"```{language}\n{text}\n```\n")
    return Block(fence)


@pytest.mark.parametrize("page", pages())
def test_commands_are_in_blocks_that_are_run(page):
    for fence in fences(page):
        if fence.language in {"", "text", "bash", "shell", "console", "bat"}:
            assert not COMMAND.search(fence.text), f"{fence} has commands: mark it with sh"


@pytest.mark.parametrize("page", pages())
def test_what_can_not_be_run_here_has_the_form_that_its_program_takes(page):
    found = [
        f"{each.fence}: {mistake}"
        for each in blocks(page)
        for words in words_of(each.fence.text)
        if each.needs_more
        for mistake in mistakes(words)
    ]
    assert not found


@pytest.mark.parametrize("page", pages())
def test_commands_in_sentences_are_there(page):
    text = (PROJECT / page).read_text(encoding="utf-8")
    for fence in fences(page):
        text = text.replace(fence.text, "")
    for program, word in re.findall(r"`(make|slipway)\s+([a-z][a-z-]*)[^`]*`", text):
        assert is_target(word) if program == "make" else word in verbs(), f"{program} {word}"


def test_only_blocks_of_commands_need_something():
    marked = {str(f) for page in pages() for f in fences(page) if f.text.startswith("# needs ")}
    assert marked == {str(b.fence) for page in pages() for b in blocks(page) if b.needs_more}
    assert len(marked) > 50


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_is_run_elsewhere_is_on_a_page_and_is_run_there(command):
    file, words = ELSEWHERE[command]
    assert any(
        each.plain == command
        for page in pages()
        for found in blocks(page)
        if not found.needs_more
        for each in found.commands
    ), "no page has it any more: take it out"
    assert words in (PROJECT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_is_run_elsewhere_is_read_there(page):
    name = page.rpartition("/")[2]
    assert page in pages()
    assert name in (PROJECT / PAGES[page]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("aws ecs describe-service --cluster a", "aws ecs has no describe-service"),
        ("aws ecs describe-services --cluster a", "aws ecs describe-services wants --services"),
        ("aws ecs describe-services --services a --all", "describe-services has no --all"),
        ("x=$(aws sqs nothing)", "aws sqs has no nothing"),
        ("echo | aws s4 ls", "aws has no service s4"),
        ("aws cloudformation wait stack-gone --stack-name a", "can't wait for stack-gone"),
        ("aws ecs list-clusters --query 'a[?'", "--query a[?"),
        ("A=b .venv/bin/slipway relaese storefront", "slipway has no verb relaese"),
        (".venv/bin/slipway status a b -e dev", "slipway status takes 1 arguments, not 2"),
        (".venv/bin/slipway status a --env dev", "slipway status has no option --env"),
        ("make rehears", "no target rehears"),
        ("scripts/cdx deploy", "there is no scripts/cdx"),
        (".venv/bin/python -m polices", "there is no module polices"),
        (".venv/bin/python scripts/audits.py", "there is no scripts/audits.py"),
    ],
)
def test_a_wrong_form_is_told(command, told):
    (mistake,) = [each for words in words_of(command) for each in mistakes(words)]
    assert told in mistake


def test_a_block_is_run_but_for_what_is_run_elsewhere():
    commands = block("make test   # long\nslipway a \\\n  --b  # exit code 3\n\nslipway c  # fine")
    assert commands.script({"make test": ("", "")}) == (
        "code=0; slipway a    --b || code=$?\n[ $code -eq 3 ]\nslipway c  # fine"
    )


def test_what_is_in_a_list_is_read_without_its_indentation():
    (fence,) = fences("page.md", "1. a\n\n   ```sh\n   if b; then\n     c\n   fi\n   ```\n")
    assert fence == Fence("page.md", 3, "sh", "if b; then\n  c\nfi\n")
