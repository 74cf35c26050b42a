"""Browser tests of different files share one server, and no student or tutor of it."""

import re
from collections import defaultdict
from pathlib import Path

BROWSER_TESTS = Path(__file__).resolve().parents[1] / "e2e"
OF_OTHER_SERVERS = {"1", "2"}


def test_no_two_files_sign_the_same_people_in() -> None:
    files: dict[str, set[str]] = defaultdict(set)
    for path in BROWSER_TESTS.glob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        for number in re.findall(r"(?:student|tutor)(\d+)\b", text):
            files[number].add(path.name)
    shared = {
        number: sorted(names)
        for number, names in files.items()
        if len(names) > 1 and number not in OF_OTHER_SERVERS
    }
    assert not shared, "what one leaves waiting, the other finds: take pairs of your own"
