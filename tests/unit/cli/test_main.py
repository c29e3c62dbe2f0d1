import sys
import tomllib
from pathlib import Path

import pytest

from slipway.cli import main

FILE = "environments/local.lock.yaml"


def test_lock_notes_a_new_service_once(clone: Path, run) -> None:
    (clone / FILE).unlink()
    code, out, _ = run("lock", "--root", str(clone))
    assert (code, out) == (0, f"{FILE}: added storefront; commit it\n")
    written = (clone / FILE).read_text()
    assert "storefront:" in written
    assert run("lock", "--root", str(clone)) == (0, "", "")
    assert (clone / FILE).read_text() == written


def test_lock_check_says_what_is_missing_and_writes_nothing(clone: Path, run) -> None:
    (clone / FILE).unlink()
    code, out, _ = run("lock", "--check", "--root", str(clone))
    assert code == 1
    assert out == f"{FILE}: has no entry for storefront; run slipway lock, commit it\n"
    assert not (clone / FILE).exists()


def test_lock_tells_of_entries_whose_service_is_gone(clone: Path, run) -> None:
    lock = clone / FILE
    text = lock.read_text()
    lock.write_text(text + text.partition("services:\n")[2].replace("storefront", "pricing"))
    told = (
        f"{FILE}: pricing has no folder under services/ any more; remove its entry once its stack "
        "is gone\n"
    )
    assert run("lock", "--root", str(clone)) == (0, told, "")


def test_lock_check_is_silent_where_nothing_is_missing(clone: Path, run) -> None:
    assert run("lock", "--check", "--root", str(clone)) == (0, "", "")


def test_the_committed_lock_is_complete(run) -> None:
    root = Path(__file__).resolve().parents[3]
    assert run("lock", "--check", "--root", str(root)) == (0, "", "")


def test_all_wrong_settings_are_told_at_once(clone: Path, run) -> None:
    file = clone / "environments/local.yaml"
    file.write_text(file.read_text().replace("nat: single", "nat: two"))
    (clone / "slipway.yaml").write_text("application: shop\n")
    code, out, err = run("lock", "--root", str(clone))
    assert (code, out) == (2, "")
    files = {line.split(":")[0] for line in err.splitlines()}
    assert files == {"slipway.yaml", "environments/local.yaml"}


def test_lock_writes_nothing_where_one_of_several_locks_is_wrong(clone: Path, run) -> None:
    text = (clone / "environments/local.yaml").read_text()
    (clone / "environments/alpha.yaml").write_text(text)
    (clone / FILE).write_text("services: none\n")
    code, out, err = run("lock", "--root", str(clone))
    assert (code, out) == (2, "")
    assert err.startswith(f"{FILE}:1: services must be a mapping")
    assert not (clone / "environments/alpha.lock.yaml").exists()


@pytest.mark.parametrize("check", [[], ["--check"]])
def test_lock_tells_a_change_that_no_service_can_make(clone: Path, run, check: list[str]) -> None:
    file = clone / "services/storefront/service.yaml"
    file.write_text(file.read_text().replace("port: 8080 #", "port: 8081 #", 1))
    code, out, err = run("lock", *check, "--root", str(clone))
    assert (code, out) == (2, "")
    assert "port must stay 8080 in local, not 8081" in err


RELEASES = ["release", "approve", "reject", "stop", "rollback", "watch", "status", "logs"]


@pytest.mark.parametrize("verb", ["rehearse", "diff", *RELEASES])
def test_every_verb_tells_wrong_settings_before_it_does_anything(
    clone: Path, run, verb: str
) -> None:
    file = clone / "environments/local.yaml"
    file.write_text(file.read_text().replace("nat: single", "nat: two"))
    before = sorted(clone.rglob("*"))
    about = {"rehearse": [], "diff": ["local"]}.get(verb, ["storefront", "-e", "local"])
    code, out, err = run(verb, *about, "--root", str(clone))
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("environments/local.yaml:")
    assert "network.nat must be none, single or per-zone, not 'two'" in err
    assert out == ""
    assert sorted(clone.rglob("*")) == before


@pytest.mark.parametrize("verb", ["release", "watch", "status", "stop", "rollback", "diff"])
def test_every_verb_on_the_rehearsed_environment_needs_a_kept_rehearsal(
    clone: Path, run, verb: str
) -> None:
    about = ["local"] if verb == "diff" else ["storefront", "-e", "local"]
    told = run(verb, *about, "--root", str(clone))
    assert told == (3, "", "No rehearsal is kept: run make rehearse-keep in another terminal\n")


def test_the_version_is_the_package_s(run) -> None:
    root = Path(__file__).resolve().parents[3]
    package = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert run("--version") == (0, f"slipway {package['version']}\n", "")


@pytest.mark.parametrize("option", ["-e", "--environment"])
@pytest.mark.parametrize(
    "verb", ["doctor", "bootstrap", "synth", "diff", "deploy", "cost", "diagram"]
)
def test_who_types_a_service_s_option_of_an_environment_s_verb_is_told_what_to_type(
    run, verb: str, option: str
) -> None:
    code, out, err = run(verb, option, "dev")
    assert (code, out) == (2, "")
    words = " ".join(err.replace("│", "").split())
    assert f" No such option: {option}. It is an argument: " in words
    assert f"slipway {verb} ENV " in words


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("open", "storefront", "-e", "local", "--page", "moon"), "'dashboard', 'log', "),
        (("init", "environment", "--nat", "two"), "'none', 'single', 'per-zone'"),
        (("diagram", "local", "--kind", "sketch"), "'environment', 'pipeline', 'release'"),
        (("cost", "local", "--prices", "mine"), "'aws', 'table'"),
    ],
)
def test_what_is_none_of_a_few_words_names_them(run, arguments: tuple[str, ...], told: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert told in " ".join(err.replace("│", "").split())


@pytest.mark.parametrize("arguments", [(), ("local", "--tooling"), ("--local", "--tooling")])
def test_the_doctor_wants_to_know_what_to_look_at(run, arguments: tuple[str, ...]) -> None:
    told = "Say what to look at: an environment's name, --local, or --tooling\n"
    assert run("doctor", *arguments) == (2, "", told)


def test_a_mistake_of_ours_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch, clone: Path
) -> None:
    def broken(root: Path) -> None:
        raise KeyError(root)

    monkeypatch.setattr("slipway.cli.lock.load", broken)
    monkeypatch.setattr(sys, "argv", ["slipway", "lock", "--root", str(clone)])
    with pytest.raises(KeyError):
        main()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("release", "--wait-for", "2"), "--wait-for must be a duration such as 10s, 5m, 4h"),
        (("release", "--ignore-alarms", " "), "--ignore-alarms needs a reason"),
        (("logs", "--hooks", "--follow"), "--follow goes with the tasks' logs"),
        (("logs", "--since", "yesterday"), "--since must be a duration such as 10s, 5m, 4h"),
        (("logs", "--grep", "("), "--grep: '(' is not a regular expression: "),
    ],
)
def test_an_option_that_cannot_be_is_one_line(run, arguments: tuple[str, ...], told: str) -> None:
    verb, *options = arguments
    code, out, err = run(verb, "storefront", "-e", "local", *options)
    assert (code, out) == (2, "")
    assert err.startswith(told)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--keep", "--pipeline"), "--keep and --pipeline: nothing of the pipeline is kept"),
        (("--quick",), "--quick is for --pipeline"),
    ],
)
def test_what_no_rehearsal_can_do_is_one_line(run, options: tuple[str, ...], told: str) -> None:
    code, out, err = run("rehearse", *options)
    assert (code, out) == (2, "")
    assert err.startswith(told)
    assert err.count("\n") == 1
