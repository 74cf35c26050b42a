"""The image's steps, carried out in a clean folder, make a server that writes nothing there."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.image_steps import PLACE, ImageSteps
from tests.held_ports import hold_port

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "container" / "Dockerfile"


def test_the_image_is_not_roots_and_says_whether_it_lives() -> None:
    steps = ImageSteps(DOCKERFILE, ROOT, Path(PLACE))
    assert [words for name, words in steps.steps if name == "FROM"][-1].startswith("python:3.11.")
    assert steps.last("USER") == "10001:10001"
    assert "/healthz" in steps.command("HEALTHCHECK")[-1]
    assert steps.command("CMD")[:3] == [".venv/bin/python", "manage.py", "serve"]


@pytest.fixture
def clean_folder() -> Iterator[Path]:
    """A folder for the image, and one beside it for what is written."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "image").mkdir()
        (folder / "records").mkdir()
        yield folder
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def ends_well(process: "subprocess.Popen[str]") -> bool:
    process.communicate(timeout=120)
    return process.returncode == 0


@pytest.mark.soak
@pytest.mark.timeout(600)  # it installs the packages
def test_its_steps_make_a_server_that_answers_and_drains(clean_folder: Path) -> None:
    image = ImageSteps(DOCKERFILE, ROOT, clean_folder / "image")
    image.build()
    port = str(hold_port(image))
    settings = {
        "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
        "DATABASE_URL": f"sqlite:///{clean_folder / 'records' / 'db.sqlite3'}",
    }
    assert ends_well(image.start([".venv/bin/python", "manage.py", "migrate"], **settings))
    words = [word.replace("8000", port) for word in image.command("CMD")]
    with image.start(words, **settings) as server:
        assert server.stdout
        assert "Listening on" in server.stdout.readline()
        probe = [word.replace("8000", port) for word in image.command("HEALTHCHECK")]
        assert ends_well(image.start(probe))
        server.terminate()
        assert server.wait(20) == 0
    assert not list((image.folder / ".venv").glob("lib/*/site-packages/pytest"))
