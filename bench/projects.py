"""Projects of any size, made from this one's own settings."""

import json
from pathlib import Path

from slipway.rehearsal import yaml_file

ENVIRONMENTS = ("dev", "staging", "prod")

# Any digest will do for a template, as long as it is not the one that means "no image".
_DIGEST = "sha256:" + "1" * 64


def write_project(source: Path, to: Path, *, environments: int, services: int) -> Path:
    """Write the settings of a project that repeats an environment and a service of `source`.

    Each environment is ``environments/local.yaml`` in an account of its own, and each service is
    ``services/storefront/service.yaml`` with what it overrides for ``local``, and its
    ``checks.py``. There is no lock file: every service is new.

    Parameters
    ----------
    source
        The folder that holds ``slipway.yaml``.
    to
        A folder that doesn't exist yet. It also gets an ``images.json`` with a digest for each
        service.
    environments
        How many, at most three: dev, staging, prod.
    services
        How many. They are called s1, s2 and so on: names in AWS are short.

    Returns
    -------
    Path
        `to`.
    """
    names = ENVIRONMENTS[:environments]
    environment = yaml_file.read(source / "environments/local.yaml")
    # Without one of its own an environment pulls from the shared registry of slipway.yaml.
    environment.pop("tooling", None)
    for number, name in enumerate(names, start=2):
        own = {"account": str(number) * 12}
        _write(to / "environments" / f"{name}.yaml", yaml_file.text(environment | own))
    service = yaml_file.read(source / "services/storefront/service.yaml")
    # The one that it calls is not among those that are written.
    service.pop("calls", None)
    override = service.pop("environments", {}).get("local")
    if override:
        service["environments"] = dict.fromkeys(names, override)
    service_names = [f"s{number}" for number in range(1, services + 1)]
    texts = {"service.yaml": yaml_file.text(service)}
    checks = source / "services/storefront/checks.py"
    if checks.is_file():
        texts["checks.py"] = checks.read_text(encoding="utf-8")
    for name in service_names:
        for file, text in texts.items():
            _write(to / "services" / name / file, text)
    application = yaml_file.read(source / "slipway.yaml")
    # None of these environments is in it, and CodePipeline would not take so many services.
    application.pop("pipeline", None)
    _write(to / "slipway.yaml", yaml_file.text(application))
    write_images(to / "images.json", service_names)
    return to


def write_images(file: Path, services: list[str]) -> Path:
    """Write a digest for each service, so that none of them counts as not built, and return it."""
    file.write_text(json.dumps(dict.fromkeys(services, _DIGEST)), encoding="utf-8")
    return file


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
