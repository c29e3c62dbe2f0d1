from datetime import timedelta
from typing import Any

import pytest

FILE = "services/web/service.yaml"
DIGEST = "sha256:" + "0f" * 32


def test_a_service_knows_its_name_and_folder(project: Any) -> None:
    service = project.load().services("dev")["web"]
    assert service.name == "web"
    assert service.directory == project.root / "services" / "web"


def test_what_is_left_out_has_a_default(project: Any) -> None:
    service = project.load().services("dev")["web"]
    assert service.memory == 512
    assert service.capacity.on_fargate
    assert service.platform_version == "1.4.0"
    assert service.load_balancer.scheme == "internal"
    assert service.stop_timeout > service.load_balancer.deregistration_delay
    assert service.deployment.shift.kind == "canary"
    assert service.deployment.termination_wait == timedelta(minutes=15)


def test_an_image_by_digest_is_accepted(project: Any) -> None:
    project.append(FILE, f"image: registry.example.com:5000/shop/web@{DIGEST}\n")
    assert project.load().services("dev")["web"].image.endswith(DIGEST)


@pytest.mark.parametrize(
    "image", ["", "shop/web", "shop/web:latest", "shop/web:1.2.3", f"{DIGEST}", "shop/web@sha256:0"]
)
def test_an_image_without_a_digest_is_refused(project: Any, image: str) -> None:
    line = project.append(FILE, f"image: {image}\n")
    (mistake,) = project.mistakes()
    assert mistake == (
        f"{FILE}:{line}: image must be repository@sha256:<64 hexadecimal digits>, not "
        f"{image!r:.80}: a tag such as latest can come to mean another image"
    )


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [("256", "2GiB"), ("512", "4GiB"), ("1024", "8GiB"), ("8192", "20GiB"), ("16384", "120GiB")],
)
def test_a_size_that_fargate_offers_is_accepted(project: Any, cpu: str, memory: str) -> None:
    project.replace(FILE, "256", cpu)
    project.replace(FILE, "512MiB", memory)
    assert project.load()


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [
        ("300", "512MiB", "2: cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 on Farga"),
        ("256", "3GiB", "3: memory must be one of 512MiB, 1GiB, 2GiB on Fargate with cpu 256, not"),
        ("512", "512MiB", "3: memory must be one of 1GiB, 2GiB, 3GiB, 4GiB on Fargate with cpu 51"),
        ("8192", "18GiB", "3: memory must be one of 16GiB, 20GiB, 24GiB, 28GiB, 32GiB, 36GiB, "),
        ("256", "512", "3: memory must be a size such as 512MiB or 1GiB, not '512'"),
    ],
)
def test_a_size_that_fargate_does_not_offer_is_refused(
    project: Any, cpu: str, memory: str, expected: str
) -> None:
    project.replace(FILE, "256", cpu)
    project.replace(FILE, "512MiB", memory)
    (mistake,) = project.mistakes()
    assert mistake.startswith(f"{FILE}:{expected}")


def test_sizes_are_free_on_ec2(project: Any) -> None:
    project.replace(FILE, "256", "300")
    project.append(FILE, "capacity: { ec2: {} }\n")
    service = project.load().services("dev")["web"]
    assert service.cpu == 300
    assert service.platform_version is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("port: 0", "port must be at least 1, not '0'"),
        ("architecture: arm", "architecture must be x86_64 or arm64, not 'arm'"),
        (
            "load_balancer: { deregistration_delay: 2h }",
            "load_balancer.deregistration_delay must be whole seconds between 0s and 3600s, not 2h",
        ),
        (
            "health_check: { timeout: 10s }",
            "health_check.timeout must be shorter than health_check.interval (10s >= 10s)",
        ),
        (
            "health_check: { unhealthy_threshold: 11 }",
            "health_check.unhealthy_threshold must be at most 10, not '11'",
        ),
        ("scaling: { min: 0 }", "scaling.min must be at least 1, not '0'"),
        ("scaling: { min: 5 }", "scaling.max must be at least scaling.min (4 < 5)"),
        ("service_connect: {}", "service_connect is not a known key; known here: image, capacity"),
        ("enviroments: {}", "enviroments is not a known key; did you mean environments?"),
        ("name: web", "name is not a known key; "),
    ],
)
def test_a_mistake_is_told_at_its_line(project: Any, text: str, expected: str) -> None:
    if text.startswith("port"):
        project.replace(FILE, "port: 8080", text)
        line = 1
    else:
        line = project.append(FILE, f"{text}\n")
    (mistake,) = project.mistakes()
    assert mistake.startswith(f"{FILE}:{line}: {expected}")


def test_a_default_that_breaks_a_rule_is_told(project: Any) -> None:
    project.append(FILE, "load_balancer: { deregistration_delay: 100s }\n")
    (mistake,) = project.mistakes()
    assert mistake.startswith(
        f"{FILE}:1: stop_timeout must be longer than load_balancer.deregistration_delay "
        f"(1m30s <= 1m40s)"
    )


def test_a_long_drain_is_possible_on_ec2(project: Any) -> None:
    project.append(
        FILE,
        """\
        capacity: { ec2: {} }
        load_balancer: { deregistration_delay: 5m }
        stop_timeout: 6m
        """,
    )
    assert project.load().services("dev")["web"].stop_timeout == timedelta(minutes=6)
