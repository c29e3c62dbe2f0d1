"""``slipway open``: the page of the console, or of the service itself, that one looks for."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from urllib.parse import quote

from slipway.cli.account import open_account
from slipway.cli.choices import Page
from slipway.cli.commands import commands_in
from slipway.cli.options import LOCAL
from slipway.cli.service import domain_url, find_service, url_of
from slipway.cli.usage import UsageError
from slipway.release import Target
from slipway.settings import PipelineNames, Settings, load


def open_page(
    root: Path, service: str | None, environment: str | None, *, page: Page, show_only: bool
) -> int:
    """Print a page's address, and open it where somebody sits before a browser.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    UsageError
        There is no such service, or the page needs to know which.
    ReleaseError
        The address of a site without a domain is asked of AWS, which refuses or can't be reached.
    RehearsalError
        The environment is rehearsed, and no rehearsal is kept.
    """
    address = address_of(root, service, environment, page)
    print(address)
    if not show_only and sys.stdout.isatty():
        webbrowser.open(address)
    return 0


def address_of(root: Path, service: str | None, environment: str | None, page: Page) -> str:
    """Return the address of a page."""
    settings = load(root)
    if page is Page.PIPELINE:
        return _pipeline(settings)
    if service is None or environment is None:
        raise UsageError(f"The {page} is a service's: say which, and where")
    find_service(settings, service, environment)
    if page is Page.SITE:
        return _site(root, settings, service, environment)
    if environment == LOCAL:
        raise UsageError(f"The rehearsal has no console, so no {page}: try --page site")
    return _console(settings, service, environment, page)


def _pipeline(settings: Settings) -> str:
    if settings.application.pipeline is None:
        raise UsageError("slipway.yaml has no pipeline: there is no page of it")
    region = settings.application.tooling.region
    name = PipelineNames(settings.application.application).pipeline
    return f"{_of(region, 'codesuite')}/codepipeline/pipelines/{name}/view?region={region}"


def _site(root: Path, settings: Settings, service: str, environment: str) -> str:
    if url := domain_url(settings, environment, service):
        return url
    aws = open_account(root, settings, environment)
    stack = settings.names(environment).stack(service)
    target = Target.from_stack(aws.cloudformation, stack, commands=commands_in(environment))
    return url_of(settings, environment, service, target)


def _console(settings: Settings, service: str, environment: str, page: Page) -> str:
    """Write the address of a console's page. Undocumented: as the console shows them."""
    region, names = settings.environment(environment).region, settings.names(environment)
    application = names.codedeploy_application(service)
    ecs = f"{names.cluster}/services/{service}"
    # The console encodes what follows its # twice, and writes $ for %.
    log_group = quote(quote(names.log_group(service), safe=""), safe="").replace("%", "$")
    return {
        Page.DASHBOARD: f"{_of(region, 'cloudwatch')}/home?region={region}"
        f"#dashboards/dashboard/{names.dashboard(service)}",
        Page.LOG: f"{_of(region, 'cloudwatch')}/home?region={region}"
        f"#logsV2:log-groups/log-group/{log_group}",
        Page.DEPLOYMENTS: f"{_of(region, 'codesuite')}/codedeploy/applications/{application}"
        f"/deployment-groups/{names.deployment_group(service)}?region={region}",
        Page.TASKS: f"{_of(region, 'ecs')}/v2/clusters/{ecs}/tasks?region={region}",
    }[page]


def _of(region: str, console: str) -> str:
    return f"https://{region}.console.aws.amazon.com/{console}"
