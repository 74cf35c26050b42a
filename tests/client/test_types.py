"""The types of the client: a program that uses them compiles, and they say what is there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec import NODEFAULT
from msgspec.structs import fields

from realtime.protocol import server_messages
from tests.client.node import CLIENT, NODE, ROOT, installed

SOURCES = Path(__file__).parent / "typescript"
INTERFACE = re.compile(r"^export interface (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^  (\w+)(\??):", re.MULTILINE)
DECLARED = {
    name: {field: bool(optional) for field, optional in FIELD.findall(body)}
    for name, body in INTERFACE.findall((CLIENT / "index.d.ts").read_text(encoding="utf-8"))
}
FRAMES = sorted(DECLARED.keys() & vars(server_messages).keys())
# Emitted from the modules themselves, for declared.ts to compare.
EMIT = ("--ignoreConfig", "--allowJs", "--declaration", "--emitDeclarationOnly", "--module")
LIBRARIES = ("nodenext", "--target", "es2022", "--lib", "es2023,dom,dom.iterable")


def compile_with(folder: Path, *arguments: str) -> str:
    """Run tsc of var/node in `folder`; answers what it complains of."""
    command = [NODE, installed("typescript/bin/tsc"), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    return done.stdout + done.stderr


def test_a_program_of_another_team_compiles(program: Path) -> None:
    shutil.copytree(SOURCES, program, dirs_exist_ok=True)
    modules = sorted(str(module) for module in CLIENT.glob("*.js"))
    assert not compile_with(program, *EMIT, *LIBRARIES, "--outDir", "written", *modules)
    assert not compile_with(program, "-p", ".")


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_has_the_fields_that_the_server_sends(name: str) -> None:
    struct = vars(server_messages)[name]
    omits = struct.__struct_config__.omit_defaults
    sent = {field.encode_name: omits and field.default is not NODEFAULT for field in fields(struct)}
    declared = {name: optional for name, optional in DECLARED[name].items() if name != "type"}
    assert declared == sent


def test_every_frame_is_declared() -> None:
    sent = {kind.__name__ for kind in server_messages.ServerMessage.__args__}
    assert sent <= set(FRAMES)


def test_the_package_has_the_version_and_the_licence_of_its_sources() -> None:
    package = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'VERSION = "{package["version"]}"' in (CLIENT / "version.js").read_text("utf-8")
    assert f'license = "{package["license"]}"' in project
    assert package["engines"] == {"node": ">=22"}
