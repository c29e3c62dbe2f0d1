"""Which variables a build gets, and from whom."""

import pytest

from slipway.local_aws.codebuild.environment import registry_variables, search_path


@pytest.mark.parametrize(
    "name",
    [
        *("PIP_INDEX_URL", "PIP_CERT", "UV_INDEX", "npm_config_registry", "NPM_CONFIG_REGISTRY"),
        *("HTTPS_PROXY", "https_proxy", "no_proxy", "ALL_PROXY"),
        *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    ],
)
def test_what_leads_to_package_registries_is_passed_on(name):
    assert registry_variables({"HOME": "/home/me", name: "value"})[name] == "value"


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "GITHUB_TOKEN", "VIRTUAL_ENV", "PYTHONPATH"),
        *("JSII_NODE", "CI", "CDK_HOME", "MINISTACK_HOST", "PROXY", "HOME", "PATH"),
    ],
)
def test_nothing_else_is(name):
    assert name not in registry_variables({"HOME": "/home/me", name: "value"})


def test_packages_that_were_fetched_once_are_not_fetched_again():
    variables = registry_variables({"HOME": "/home/me", "PIP_CACHE_DIR": "/elsewhere"})
    assert variables == {
        "PIP_CACHE_DIR": "/elsewhere",
        "UV_CACHE_DIR": "/home/me/.cache/uv",
        "npm_config_cache": "/home/me/.npm",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": "/home/me/.cache/aws/jsii/package-cache",
    }


def test_build_tools_come_before_the_system(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert search_path(tmp_path) == f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"
    assert search_path(None) == "/usr/sbin:/usr/bin:/sbin:/bin"


def test_git_and_make_are_found_wherever_the_machine_has_them(tmp_path, monkeypatch):
    for tool in ("git", "make"):
        (tmp_path / tool).touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin")
    assert search_path(None).split(":")[-1] == str(tmp_path)
    assert search_path(None).count(str(tmp_path)) == 1
