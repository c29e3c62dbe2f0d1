"""A developer's clone, made with git as it is here."""

from pathlib import Path

import pytest

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.pipeline.repository import Developer, Origin, git

IGNORED = ".venv\nnode_modules\nbuild/\n__pycache__/\n"
FILES = {
    ".gitignore": IGNORED,
    "slipway.yaml": "application: shop\n",
    "services/storefront/app.py": "print(1)\n",
    "services/storefront/__pycache__/app.pyc": "",
    "build/rehearsal/report.json": "{}",
    ".venv/bin/python": "",
    "node_modules/aws-cdk/bin/cdk": "",
}
OURS = {".gitignore", "slipway.yaml", "services/storefront/app.py"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin.create(tmp_path / "origin.git")


def begin(project: Path, origin: Origin) -> Developer:
    return Developer.begin(project, origin, origin.directory.with_name("developer"))


def pushed(origin: Origin, *arguments: str) -> str:
    return git(*arguments, "main", folder=origin.directory)


def files(origin: Origin) -> set[str]:
    return set(pushed(origin, "ls-tree", "-r", "--name-only").splitlines())


def test_first_commit_of_a_checkout_without_git_is_all_that_is_not_ignored(
    project: Path, origin: Origin
) -> None:
    begin(project, origin).put("The shop")
    assert files(origin) == OURS


def test_first_commit_of_a_git_checkout_is_what_is_there_now(project: Path, origin: Origin) -> None:
    git("init", "--quiet", folder=project)
    for name in ("gone.md", "kept.md", "build/tracked.md"):
        (project / name).write_text("before")
    git("add", ".", folder=project)
    git("add", "--force", "build/tracked.md", folder=project)
    git("commit", "--quiet", "--message=before", folder=project)
    (project / "gone.md").unlink()
    (project / "kept.md").write_text("now")
    (project / "new [1].md").write_text("new")
    begin(project, origin).put("The shop")
    assert files(origin) == OURS | {"kept.md", "build/tracked.md", "new [1].md"}
    assert git("show", "main:kept.md", folder=origin.directory) == "now"
    assert git("log", "--format=%s", folder=project) == "before\n", "the checkout has its own"


def test_programs_stay_programs_and_links_stay_links(project: Path, origin: Origin) -> None:
    (project / "run").write_text("#!/bin/sh\n")
    (project / "run").chmod(0o755)
    (project / "also").symlink_to("run")
    clone = begin(project, origin).directory
    assert (clone / "run").stat().st_mode & 0o111
    assert (clone / "also").readlink() == Path("run")


def test_what_is_installed_in_the_checkout_is_at_hand_and_in_no_commit(
    project: Path, origin: Origin
) -> None:
    # With a slash behind the name, a .gitignore means folders only, and these are links.
    (project / ".gitignore").write_text(".venv/\nnode_modules/\nbuild/\n__pycache__/\n")
    developer = begin(project, origin)
    developer.put("The shop")
    assert (developer.directory / ".venv").resolve() == project / ".venv"
    assert (developer.directory / "node_modules" / "aws-cdk" / "bin" / "cdk").exists()
    assert files(origin) == OURS


def test_no_configuration_and_no_hook_of_the_person_has_a_say(
    project: Path, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hook.parent}\n[commit]\n\tgpgsign = true\n"
        "[user]\n\tname = Somebody\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    # As a hook of another repository has it.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    begin(project, origin).put("The shop")
    assert pushed(origin, "log", "--format=%an %G?") == "Developer N\n"


def test_a_commit_can_be_taken_back_together_with_another_change(
    project: Path, origin: Origin
) -> None:
    developer = begin(project, origin)
    developer.put("The shop")
    developer.workspace.edit("slipway.yaml", "shop", "store")
    wrong = developer.put("Another name")
    developer.revert(wrong)
    developer.workspace.edit("services/storefront/app.py", "1", "2")
    assert developer.put("Back") == developer.head
    assert git("show", "main:slipway.yaml", folder=origin.directory) == "application: shop\n"
    assert git("show", "main:services/storefront/app.py", folder=origin.directory) == "print(2)\n"


def test_failed_command_says_why(project: Path, origin: Origin) -> None:
    developer = begin(project, origin)
    with pytest.raises(RehearsalError, match=r"failed with exit code 3\n  \| no such thing"):
        developer.run("python", "-c", "print('no such thing'); raise SystemExit(3)")
    developer.put("The shop")
    with pytest.raises(RehearsalError, match="git commit failed"):
        developer.commit("Nothing")
