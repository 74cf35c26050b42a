"""What systemd, containers and Kubernetes read is held against their tools and our settings."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "speaktracker@.service"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
# What the tools of others read, beside our settings.
THEIRS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
SECONDS_OF_A_DRAIN = 10


def run(*words: str | Path) -> str:
    """Run a tool that is to find nothing; gives what it said."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def tool(name: str) -> Path:
    """Name a program of the environment."""
    return Path(sys.executable).with_name(name)


def settings_of_the_product() -> set[str]:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_takes_the_unit_and_finds_it_closed(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    unit.write_text(text.replace("/srv/speaktracker/.venv/bin/python", sys.executable))
    assert run("systemd-analyze", "verify", unit) == ""
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert exposure
    assert float(exposure[1]) < 2, said  # each systemd weighs a little differently


def test_the_dockerfile_follows_good_practice() -> None:
    dockerfile = DEPLOY / "container" / "Dockerfile"
    assert run(tool("hadolint"), "--failure-threshold", "style", dockerfile) == ""


def test_kubernetes_knows_every_field() -> None:
    said = run(tool("kubernetes-validate"), "--strict", *MANIFESTS)
    assert said.count(" passed for resource ") == len(documents())


def documents() -> list[dict[str, Any]]:
    """Read every manifest."""
    return [
        document
        for path in MANIFESTS
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]


def of_kind(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in documents() if each["kind"] == kind)
    return found


def test_a_pod_is_left_alone_until_it_has_drained() -> None:
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    [server] = pod["containers"]
    pause = server["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > pause + SECONDS_OF_A_DRAIN
    probes = {name: server[f"{name}Probe"]["httpGet"]["path"] for name in ("liveness", "readiness")}
    assert probes == {"liveness": "/healthz", "readiness": "/readyz"}
    assert of_kind("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert of_kind("ConfigMap")["data"].keys() <= settings_of_the_product()


def compose() -> dict[str, Any]:
    """Read the compose file's services."""
    text = (DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8")
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    return services


def test_compose_gives_the_server_settings_that_there_are() -> None:
    assert compose()["server"]["environment"].keys() <= settings_of_the_product() | THEIRS


def test_compose_waits_for_services_that_there_are() -> None:
    services = compose()
    for service in services.values():
        for name, waits in service.get("depends_on", {}).items():
            healthy = waits["condition"] == "service_healthy"
            assert not healthy or "healthcheck" in services[name]


def test_images_are_of_one_version_each() -> None:
    images = [each["image"] for each in compose().values() if "build" not in each]
    images += [
        words.split()[0]
        for words in re.findall(
            r"^FROM (.*)$",
            (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert all(re.search(r":\d+\.\d+", image) for image in images)


def test_what_compose_and_kubernetes_run_can_write_nothing() -> None:
    services = compose()
    ours = [each for each in services.values() if "build" in each]
    assert all(each["read_only"] and each["cap_drop"] == ["ALL"] for each in ours)
    for kind in ("Deployment", "Job"):
        pod = of_kind(kind)["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        [container] = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
