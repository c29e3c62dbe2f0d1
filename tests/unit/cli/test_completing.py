"""What a shell offers while somebody types."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slipway.cli.main import app
from slipway.cli.schemas import FILES, OUTPUTS


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, clone: Path):
    """Ask what is offered for the last word, as bash does, in the checkout."""
    monkeypatch.chdir(clone)

    def offered(*words: str) -> list[str]:
        variables = {
            "_SLIPWAY_COMPLETE": "complete_bash",
            "COMP_WORDS": "\n".join(("slipway", *words)),
            "COMP_CWORD": str(len(words)),
        }
        return CliRunner().invoke(app, prog_name="slipway", env=variables).output.split()

    return offered


def test_verbs_are_offered(offered) -> None:
    assert offered("stat") == ["status"]


@pytest.mark.parametrize("verb", ["doctor", "bootstrap", "synth", "diff", "deploy", "cost"])
def test_a_verb_about_an_environment_offers_its_files(clone: Path, offered, verb: str) -> None:
    (clone / "environments" / "loft.yaml").touch()
    assert offered(verb, "lo") == ["local", "loft"]


@pytest.mark.parametrize("verb", ["release", "status", "logs", "open", "run", "scale"])
def test_a_verb_about_a_service_offers_the_folders_and_the_environments(
    clone: Path, offered, verb: str
) -> None:
    (clone / "services" / "notes").mkdir()
    services = sorted(each.parent.name for each in clone.glob("services/*/service.yaml"))
    assert services
    assert offered(verb, "") == services
    assert offered(verb, "storefront", "-e", "lo") == ["local"]


@pytest.mark.parametrize("verb", [("deploy", "local"), ("diagram", "local", "--kind", "release")])
def test_an_option_that_names_a_service_offers_the_folders(offered, verb: tuple[str, ...]) -> None:
    assert offered(*verb, "--service", "store") == ["storefront"]


def test_another_checkout_is_looked_at_where_it_is_named_before(clone: Path, offered) -> None:
    environments = clone / "another" / "environments"
    environments.mkdir(parents=True)
    (environments / "moon.yaml").touch()
    (environments / "moon.lock.yaml").touch()
    assert offered("diff", "--root", "another", "") == ["moon"]


def test_outside_of_a_checkout_nothing_is_offered(
    monkeypatch: pytest.MonkeyPatch, clone: Path, offered
) -> None:
    monkeypatch.chdir(clone / "services")
    assert offered("diff", "") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("open", "--page", "d"), ["dashboard", "deployments"]),
        (("diagram", "--kind", ""), ["environment", "pipeline", "release"]),
        (("cost", "--prices", "t"), ["table"]),
        (("init", "environment", "--nat", "p"), ["per-zone"]),
        (
            ("schema", "s"),
            [*(each for each in sorted(OUTPUTS) if each[0] == "s"), *list(FILES)[::2]],
        ),
    ],
)
def test_an_option_of_a_few_words_offers_them(
    offered, words: tuple[str, ...], found: list[str]
) -> None:
    assert offered(*words) == found


def test_bash_completes_the_installed_program(clone: Path) -> None:
    """As the program's own script asks bash to, and by whatever path it is typed."""
    program = Path(sys.executable).with_name("slipway")
    script = """
    eval "$(slipway --show-completion)"
    ask() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _slipway_completion "$1"
        echo "${COMPREPLY[*]}"
    }
    complete -p slipway
    ask slipway stat
    ask "$0" diff lo
    """
    told = subprocess.run(
        ["bash", "--norc", "-c", script, str(program)],
        cwd=clone,
        env={
            **os.environ,
            "PATH": os.pathsep.join([str(program.parent), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.splitlines() == [
        "complete -o default -F _slipway_completion slipway",
        "status",
        "local",
    ]


def test_zsh_is_given_the_script_that_answers_at_the_first_tab(clone: Path) -> None:
    """Loaded from a folder of functions, it is the body of one, and has to answer itself."""
    program = Path(sys.executable).with_name("slipway")
    told = subprocess.run(
        [str(program), "--show-completion", "zsh"],
        cwd=clone,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            # A name is asked for where no shell is looked for.
            "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    first, *_, call, end = told.stdout.splitlines()
    assert (first, call, end) == ("#compdef slipway", '  _slipway_completion "$@"', "fi")
    assert "_SLIPWAY_COMPLETE=complete_zsh ${~words[1]}" in told.stdout
