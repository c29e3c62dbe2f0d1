"""A new service's files are what the project asks of every service."""

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.dockerfile import context_files
from slipway.rehearsal.dockerfile import Dockerfile
from slipway.rehearsal.ports import free_port
from slipway.starter import NewService

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "services" / "hello"
    for name, text in NewService(name="hello", port=8123).files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_no_placeholder_is_left(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            text = file.read_text()
            assert not {"$name", "$port", "$cpu", "$memory", "$scheme"} & set(text.split()), file


def test_its_python_is_formatted_and_clean(folder: Path) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    settings = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run([*ruff, *command, *settings, folder], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_the_image_holds_what_its_command_runs(folder: Path) -> None:
    dockerfile = Dockerfile.read(folder / "Dockerfile")
    assert dockerfile.command == ("python", "-m", "app")
    assert dockerfile.environment["PORT"] == "8123"
    assert {"app/__main__.py", "app/health.py", "requirements.txt"} <= set(context_files(folder))
    assert "service.yaml" not in context_files(folder)


def test_it_answers_and_ends_in_order(folder: Path) -> None:
    port = free_port(8123)
    variables = {
        "PATH": os.environ["PATH"],
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    # Waiting out the drain is no part of the test.
    main = folder / "app" / "__main__.py"
    main.write_text(main.read_text().replace("DRAIN_SECONDS = 5", "DRAIN_SECONDS = 0"))
    with subprocess.Popen(
        [sys.executable, "-m", "app"], cwd=folder, env=variables, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["message"] == "listening"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for path, status in (("/health", 200), ("/version", 200), ("/", 200), ("/moon", 404)):
            connection.request("GET", path)
            answer = connection.getresponse()
            body = json.load(answer)
            assert (answer.status, answer.getheader("x-task-revision")) == (status, "unknown")
            assert body
        healthy = subprocess.run([sys.executable, "-m", "app.health"], cwd=folder, env=variables)
        assert healthy.returncode == 0
        process.send_signal(signal.SIGTERM)
        lines = [json.loads(line)["message"] for line in process.stdout]
    assert process.returncode == 0
    assert lines[-2:] == ["draining", "stopped"]
