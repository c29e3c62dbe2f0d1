from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.images.base_images import BaseImages, base_images

ROOT = Path(__file__).resolve().parents[4]
PLACE = "services/storefront/Dockerfile"
DIGEST = "@sha256:" + "a" * 64
PYTHON = f"public.ecr.aws/docker/library/python:3.13{DIGEST}"
OTHER = f"registry.example/other{DIGEST}"


def read(tmp_path: Path, text: str) -> BaseImages:
    file = tmp_path / "Dockerfile"
    file.write_text(text)
    return base_images(file, PLACE)


@pytest.mark.parametrize(
    ("text", "references", "arguments"),
    [
        (f"FROM {PYTHON}\n", (PYTHON,), {}),
        (f"ARG A={PYTHON}\nFROM ${{A}} AS b\nFROM $A\n", (PYTHON,), {"A": PYTHON}),
        (f"FROM --platform=linux/amd64 {PYTHON} as Builder\nFROM builder\n", (PYTHON,), {}),
        (f'ARG T=3.13\nARG A="public.ecr.aws/docker/library/python:$T{DIGEST}"\nFROM $A', None, {}),
        (f"ARG D=sha256:{'a' * 64}\nFROM registry.example/other@${{D}}\n", (OTHER,), {}),
        ("FROM scratch\n", (), {}),
        (f"FROM scratch\nCOPY --from={OTHER} /a /a\n", (OTHER,), {}),
        ("FROM scratch AS a\nFROM scratch\nCOPY --from=a /a /a\nCOPY --from=0 /b /b\n", (), {}),
        (f"FROM scratch\nRUN --mount=type=bind,from={OTHER},target=/a ls\n", (OTHER,), {}),
        (f"# syntax={OTHER}\nFROM scratch\n", (OTHER,), {}),
    ],
)
def test_images_with_digests_are_found(
    tmp_path: Path, text: str, references: tuple[str, ...] | None, arguments: dict[str, str]
) -> None:
    found = read(tmp_path, text)
    assert found.references == ((PYTHON,) if references is None else references)
    assert references is None or found.arguments == arguments


@pytest.mark.parametrize(
    ("text", "line", "image"),
    [
        ("FROM python:3.13\n", 1, "python:3.13"),
        ("ARG A=python\n\nFROM ${A}\n", 3, "python"),
        ("ARG A\nFROM $A\n", 2, "an image without a name"),
        ("ARG A\nFROM ${A:-python}\n", 2, "python"),
        ("FROM scratch\nCOPY --from=python:3.13 /a /a\n", 2, "python:3.13"),
        ("FROM scratch\nRUN --mount=type=bind,from=python,target=/a ls\n", 2, "python"),
        ("# syntax=docker/dockerfile:1\nFROM scratch\n", 1, "docker/dockerfile:1"),
        (f"FROM python@sha256:{'a' * 63}\n", 1, f"python@sha256:{'a' * 63}"),
    ],
)
def test_an_image_without_a_digest_is_refused_in_one_line(
    tmp_path: Path, text: str, line: int, image: str
) -> None:
    with pytest.raises(PipelineError) as refused:
        read(tmp_path, text)
    assert str(refused.value).startswith(f"{PLACE}:{line}: {image} has no digest: name it by one")
    assert "\n" not in str(refused.value)


def test_a_service_without_a_dockerfile_is_told(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=rf"^{PLACE}: not found: every service needs"):
        base_images(tmp_path / "Dockerfile", PLACE)


def test_only_public_images_come_from_the_cache(tmp_path: Path) -> None:
    found = read(tmp_path, f"ARG A={PYTHON}\nARG B={OTHER}\nFROM $A AS a\nFROM $B\n")
    found.require_cacheable(PLACE)
    assert found.from_cache("registry.example/shop-base") == {
        "A": f"registry.example/shop-base/docker/library/python:3.13{DIGEST}"
    }


def test_an_image_that_no_argument_replaces_can_not_come_from_the_cache(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=rf"^{PLACE}: public.ecr.aws/docker/library/python:3"):
        read(tmp_path, f"FROM {PYTHON}\n").require_cacheable(PLACE)


@pytest.mark.parametrize("service", ["inventory", "storefront"])
def test_our_services_build_on_a_digest_that_the_cache_can_give(service: str) -> None:
    found = base_images(ROOT / "services" / service / "Dockerfile", PLACE)
    found.require_cacheable(PLACE)
    assert list(found.arguments) == ["BASE_IMAGE"]
