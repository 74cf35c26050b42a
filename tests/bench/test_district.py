"""A district in short: everybody comes, is seen once and in order, and leaves."""

import json

import pytest

from tests.bench.bench_environment import run_in_bench

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("bench")]
RUN = """
import json, sys, uvloop
from pathlib import Path
from tempfile import TemporaryDirectory
from bench import machine
from bench.district.district_run import measure_district
from bench.district.district_size import DistrictSize
from bench.systems import child_servers
machine.allow_many_files()
size = DistrictSize(students=60, rates=(60,), seconds=3, redis=sys.argv[1])
with TemporaryDirectory() as folder:
    try:
        rows = uvloop.run(measure_district(size, Path(folder), lambda _: None))
    finally:
        child_servers.stop_all()
print(json.dumps(rows))
"""
SEE = """
import json, sys
from bench.district.district_people import Pupil, Seen, WatchingTutor
seen, pupil = Seen(), Pupil()
tutor = WatchingTutor({"a@example.com": pupil}, seen)
pupil.sent = {number: 0 for number in range(1, 10)}
for progress in json.loads(sys.argv[1]):
    data = {"student_email": "a@example.com", "progress": progress}
    tutor.on_text(json.dumps({"action": "update", "data": data}, separators=(",", ":")).encode())
print(json.dumps([seen.shown, seen.doubled, seen.skipped, sorted(pupil.sent)]))
"""


@pytest.mark.parametrize("form", ["plain", "cluster"])
def test_sixty_students_are_seen_by_three_dashboards_and_mirrored(form: str) -> None:
    rows = json.loads(run_in_bench("-c", RUN, form).splitlines()[-1])
    assert [row["how"] for row in rows] == ["arrive", "join", "rest", "report", "leave"]
    report = rows[3]
    assert report["shown"] == report["count"] > 100
    wrong = ("lost", "doubled", "skipped", "strangers", "closed")
    assert {name: report[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert report["mirrored"] > 0
    assert report["memory_kib"] > rows[0]["empty_kib"]
    assert 0 < report["statements"] < 10 * report["count"]
    assert rows[-1]["lost"] == 0


@pytest.mark.parametrize(
    ("progress", "seen"),
    [
        ([0.01, 0.02, 0.03], [3, 0, 0, [4, 5, 6, 7, 8, 9]]),
        ([0.01, 0.01], [1, 1, 0, [2, 3, 4, 5, 6, 7, 8, 9]]),
        ([0.02, 0.01], [1, 1, 1, [3, 4, 5, 6, 7, 8, 9]]),
        ([0.01, 0.04], [2, 0, 2, [5, 6, 7, 8, 9]]),
    ],
)
def test_a_status_that_comes_twice_late_or_never_is_noticed(
    progress: list[float], seen: list[object]
) -> None:
    assert json.loads(run_in_bench("-c", SEE, json.dumps(progress))) == seen
