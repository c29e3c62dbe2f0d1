"""Repositories as the source action reads them."""

import subprocess

import pytest

from slipway.local_aws.codepipeline.events.git import GitError, Repository


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        command = ["git", *identity, *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-q", "-m", "The first\n\nwith a body")
    (tmp_path / "b c").write_text("2")
    git("add", "b c")
    git("commit", "-q", "-m", "The second", "--date", "2026-01-02T03:04:05+02:00")
    git("tag", "-a", "v1", "-m", "A tag with a message")
    git("branch", "feature/login", "HEAD~")
    return Repository(tmp_path)


def test_branches_lead_to_their_newest_commits(repository):
    branches = repository.branches()
    assert set(branches) == {"main", "feature/login"}
    assert repository.commit(branches["feature/login"]).message == "The first\n\nwith a body"


def test_a_commit_has_its_author_s_date_in_utc(repository):
    commit = repository.commit(repository.branches()["main"])
    assert commit.message == "The second"
    assert commit.authored.isoformat() == "2026-01-02T01:04:05+00:00"


def test_a_tag_leads_to_its_commit(repository):
    assert repository.references()["refs/tags/v1"] == repository.branches()["main"]


def test_changed_files_are_those_between_two_commits(repository):
    branches = repository.branches()
    assert repository.changed_files(branches["feature/login"], branches["main"]) == ("b c",)


def test_what_git_says_is_told_in_one_line(repository):
    with pytest.raises(GitError, match=r"^[^\n]+$"):
        repository.commit("nothing")


def test_a_directory_without_a_repository_is_told(tmp_path):
    with pytest.raises(GitError, match="not a git repository"):
        Repository(tmp_path).branches()
