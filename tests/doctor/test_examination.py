"""The checks run side by side, and none can hold up or hide the others."""

import json
import threading
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command

from speaktracker.db.patience import Patience
from speaktracker.doctor import examination
from speaktracker.doctor.examination import examine, worst
from speaktracker.doctor.findings import Finding, State

WELL = Finding("well", "ok", "It is well.")


def well() -> Iterator[Finding]:
    yield WELL


def test_what_hangs_is_named_and_holds_up_nobody() -> None:
    released = threading.Event()

    def hangs() -> Iterator[Finding]:
        yield WELL
        released.wait(60)

    found = examine({"hangs": hangs, "well": well}, seconds=2)
    released.set()
    assert [finding.state for finding in found] == ["ok", "failed", "ok"]
    assert found[1].says.startswith("It did not answer within 2 s")


def test_a_check_that_breaks_says_so_and_the_others_go_on() -> None:
    def breaks() -> Iterator[Finding]:
        yield WELL
        raise KeyError("gone")

    found = examine({"breaks": breaks, "well": well})
    assert [finding.subject for finding in found] == ["well", "breaks", "well"]
    assert "KeyError: 'gone'" in found[1].says


def test_what_a_check_that_ends_early_leaves_out_is_named() -> None:
    released = threading.Event()

    def hangs() -> Iterator[Finding]:
        yield Finding("state folder", "ok", "…")
        released.wait(60)

    found = examine({"machine": hangs}, seconds=2)
    released.set()
    lines = {finding.subject: finding.says for finding in found if finding.state == "unknown"}
    hidden = "Not looked at, since `machine` was not looked at to its end."
    assert lines == dict.fromkeys(("disk", "time zone"), hidden)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        (("ok", "off", "unknown"), "ok"),
        (("ok", "warning"), "warning"),
        (("warning", "failed", "ok"), "failed"),
    ],
)
def test_the_command_says_all_and_only_a_failure_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, states: tuple[State, ...], status: str
) -> None:
    monkeypatch.setattr(Patience, "seconds", None)
    found = [Finding("a part", state, "…") for state in states]
    assert worst(found) == status
    monkeypatch.setattr(examination, "CHECKS", {"parts": lambda: iter(found)})
    lines, written, codes = StringIO(), StringIO(), []
    for words, out in (((), lines), (("--json",), written)):
        try:
            call_command("doctor", *words, stdout=out)
        except SystemExit as ended:
            codes.append(ended.code)
    assert codes == ([1, 1] if status == "failed" else [])
    assert [line.split()[0].lower() for line in lines.getvalue().splitlines()] == [*states]
    answer = json.loads(written.getvalue())
    assert (answer["status"], len(answer["findings"])) == (status, len(states))
    assert answer["findings"][0] == {"subject": "a part", "state": states[0], "says": "…"}
