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
    assert contract["MESSAGE_IDS_PER_ACK"] == wire_limits.MESSAGE_IDS_PER_ACK


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


def test_the_client_imports_nothing_from_outside_its_folder() -> None:
    for module in (STATIC / "client").glob("*.js"):
        targets = re.findall(r'from "([^"]+)"', module.read_text(encoding="utf-8"))
        assert all(re.fullmatch(r"\./\w+\.js", target) for target in targets), module.name


def test_no_module_has_the_name_of_another() -> None:
    names = [module.name for module in MODULES]
    assert len(names) == len(set(names))
