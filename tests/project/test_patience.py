"""Tests come to a real server through tests/patient_clients.py alone, with its deadlines."""

import ast
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
THE_WAY = TESTS / "patient_clients.py"
# What waits five seconds, ten, or for ever unless told otherwise; some as httpx.get, some imported.
IMPATIENT = {
    *(f"httpx.{name}" for name in ("Client", "AsyncClient", "request", "stream")),
    *(f"httpx.{name}" for name in ("get", "post", "put", "patch", "delete", "head", "options")),
    *("requests.get", "requests.post", "requests.request", "requests.Session"),
    *("urllib.request.urlopen", "http.client.HTTPConnection", "aiohttp.ClientSession"),
    *("websockets.connect", "websockets.asyncio.client.connect", "websockets.sync.client.connect"),
}


def called(tree: ast.AST) -> set[str]:
    """List what a file calls by its name in a module, and what it imports from one."""
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    imports = {
        f"{node.module}.{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    return calls | imports


def test_no_client_of_a_server_has_a_deadline_of_its_library() -> None:
    found = {
        str(path.relative_to(TESTS)): sorted(names)
        for path in sorted(TESTS.rglob("*.py"))
        if path != THE_WAY
        and (names := called(ast.parse(path.read_text(encoding="utf-8"))) & IMPATIENT)
    }
    assert not found, "tests/patient_clients.py has the same with deadlines of ours"
