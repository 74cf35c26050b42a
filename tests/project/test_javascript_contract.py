"""What JavaScript knows of the contract is what the server says."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from realtime.protocol import field_types, wire_limits
from realtime.protocol.codes import CloseCode, ErrorCode

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "realtime" / "static" / "realtime"
CONSTANT = re.compile(r"^export const (\w+) = (.+);$", re.MULTILINE)
# Close codes, and the status words that mean nothing else in JavaScript.
SPELLED = re.compile(r"\b4[4-9]\d\d\b|\b40[01]\d\b|[\"'](?:studying|paused)[\"']")
# What a browser may deny, or hold from another version; and keys, which an input method may own.
KEPT = re.compile(
    r"\b(?:local|session)Storage\b[.\[]|\bindexedDB\b|document\.cookie|navigator\.locks"
)
KEYS = re.compile(
    r"\.key(?:Code)?\b ?[=!]==|\bisComposing\b|[\"'](?:Enter|Escape|keyup|keypress)[\"']"
)
OWNERS = {KEPT: "browser_storage.js", KEYS: "submitting.js"}
MODULES = sorted(STATIC.rglob("*.js"))


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    text = (STATIC / "client" / "contract.js").read_text(encoding="utf-8")
    return {name: json.loads(value) for name, value in CONSTANT.findall(text)}


def test_words_and_limits_are_the_servers(contract: dict[str, Any]) -> None:
    assert contract["SUBPROTOCOL"] == field_types.SUBPROTOCOL
    assert tuple(contract["STATUSES"]) == get_args(field_types.Status)
    states = get_args(field_types.FeedbackState)
    assert tuple(contract["ACK_STATES"]) == states[1:]
    for name in ("MESSAGE_IDS_PER_ACK", "SESSION_ID_LENGTH", "HELP_NOTE_LENGTH"):
        assert contract[name] == getattr(wire_limits, name)


def test_close_codes_are_the_servers(contract: dict[str, Any]) -> None:
    for name, code in contract["CLOSE_CODES"].items():
        assert code == CloseCode[name]
    for code in CloseCode:
        assert code.comes_back == (code < contract["FIRST_FINAL_CLOSE_CODE"])


def test_error_codes_are_the_servers(contract: dict[str, Any]) -> None:
    named = [*contract["PASSING_ERRORS"], *contract["STORED_ERRORS"], contract["TUTOR_NOT_FOUND"]]
    assert set(named) <= set(ErrorCode)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_no_other_module_spells_the_contract(module: Path) -> None:
    if module.name != "contract.js":
        assert not SPELLED.search(module.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("words", "owner"), OWNERS.items(), ids=OWNERS.values())
def test_one_module_knows_about_it(words: re.Pattern[str], owner: str) -> None:
    knowing = [module.name for module in MODULES if words.search(module.read_text("utf-8"))]
    assert knowing == [owner]


def test_the_client_imports_nothing_from_outside_its_folder() -> None:
    client = STATIC / "client"
    for module in client.rglob("*.js"):
        targets = re.findall(r'from "([^"]+)"', module.read_text(encoding="utf-8"))
        found = [(module.parent / target).resolve() for target in targets]
        assert all(file.is_file() and file.is_relative_to(client) for file in found), module.name


def test_only_the_client_opens_sockets() -> None:
    opening = {
        module.relative_to(STATIC).parts[0]
        for module in MODULES
        if re.search(r"\bWebSocket\b|\bEventSource\b", module.read_text(encoding="utf-8"))
    }
    assert opening == {"client"}


def test_no_module_has_the_name_of_another() -> None:
    names = [module.name for module in MODULES]
    assert len(names) == len(set(names))
