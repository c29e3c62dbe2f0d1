"""Files that are where nobody would read them, or that are no files."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(to: str) -> "Place":
    def place(root: Path, file: str) -> None:
        (root / file).unlink()
        (root / file).symlink_to(to)

    return place


def _pipe(root: Path, file: str) -> None:
    (root / file).unlink()
    os.mkfifo(root / file)


def _new(name: str) -> "Place":
    """The file again, at another place."""

    def place(root: Path, _: str) -> None:
        kind = "service" if name.startswith("services/") else "environment"
        old = min(root.glob("services/*/service.yaml" if kind == "service" else "environments/*"))
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(old, root / name)

    return place


Place = Callable[[Path, str], None]

KINDS: dict[str, Place] = {
    "a folder for a file": lambda root, file: _folder(root / file),
    "a link to nothing": _link("nowhere.yaml"),
    "a link in a circle": lambda root, file: _link(Path(file).name)(root, file),
    "a device": _link("/dev/zero"),
    "a file that can't be read": _link("/proc/self/mem"),
    "a pipe": _pipe,
    "no slipway.yaml": lambda root, _: (root / "slipway.yaml").unlink(),
    "no environment": lambda root, _: shutil.rmtree(root / "environments"),
    "another ending": _new("environments/zz.yml"),
    "an environment in upper case": _new("environments/ZZ.yaml"),
    "an environment of another script": _new("environments/\u043f\u0440\u043e\u0434.yaml"),
    "an environment without a name": _new("environments/ .yaml"),
    "the name of a stack of the application": _new("environments/registry.yaml"),
    "a service outside a folder": _new("services/zz.yaml"),
    "a service's other ending": _new("services/zz/service.yml"),
    "a service in upper case": _new("services/ZZ/service.yaml"),
    "a service of two lines": _new("services/a\nb/service.yaml"),
    "a service without UTF-8": _new("services/\udcff/service.yaml"),
    "the name of a stack": _new("services/network/service.yaml"),
    "the name of a firewall": _new("services/shared-zz/service.yaml"),
    "too long a name": _new(f"services/{'z' * 26}/service.yaml"),
}
"""What becomes of a folder that was right; some do it to one of its files."""
