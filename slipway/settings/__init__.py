"""The settings of a project: ``slipway.yaml``, environments and services, checked.

Examples
--------
>>> from pathlib import Path
>>> from slipway.settings import load
>>> settings = load(Path.cwd())  # doctest: +SKIP
>>> settings.services("local")["storefront"].port  # doctest: +SKIP
8080
"""

from slipway.settings.application import Account, Application
from slipway.settings.environment import Environment
from slipway.settings.errors import SettingsError
from slipway.settings.load import load
from slipway.settings.names import Names, PipelineNames
from slipway.settings.project import Registry, Settings
from slipway.settings.service import Service

__all__ = [
    "Account",
    "Application",
    "Environment",
    "Names",
    "PipelineNames",
    "Registry",
    "Service",
    "Settings",
    "SettingsError",
    "load",
]
