"""How far one message has to go: a reader follows its way file by file, so the way stays short.

What the server does with any frame and any request is not counted; nor is what runs by itself
meanwhile: only what each of several messages crossed, and nothing that an idle server does.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import boto3
import msgspec
import pytest

from speaktracker.devstack.stack import CREDENTIALS
from speaktracker.devstack.stack_servers import ministack
from tests.blackbox.classroom import Classroom, Pair, Site, seed
from tests.server_process import ROOT

# Both ways on the one server that is traced.
pytestmark = pytest.mark.xdist_group("ways")
DEADLINE_SECONDS = 20
MESSAGES = 8
IDLE_SECONDS = 8
# Lines of the log are sampled: they are written for some messages only.
NOT_COUNTED = ("speaktracker/server/", "speaktracker/transport/", "speaktracker/logs/")
# The relay ticks a change off once its item is there: after the end of the way.
TICKS_OFF = "speaktracker/persistence/relay/backlog.py"
Function = tuple[str, str]


class TracedServer:
    """A server that mirrors into a table, and says which of our functions it runs."""

    def __init__(self, folder: Path, table_port: int) -> None:
        seed(folder / "seeded")
        address = {"DYNAMODB_ENDPOINT_URL": f"http://127.0.0.1:{table_port}"}
        environment = {**CREDENTIALS, **address, "MIRROR": "dynamodb"}
        self.site = Site(folder / "seeded", folder, environment)
        self.site.server.manage("create_tables")
        self.out = folder / "trace.json"
        program = ROOT / "tests" / "ways" / "traced_server.py"
        serve = ("serve", "--port", str(self.site.server.port))
        self.site.server.serve(sys.executable, str(program), str(self.out), *serve)
        self.tables = boto3.client(
            "dynamodb",
            endpoint_url=address["DYNAMODB_ENDPOINT_URL"],
            region_name=CREDENTIALS["AWS_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    async def crossed(self, work: Callable[[], Awaitable[None]]) -> set[Function]:
        """Do `work` and list the functions of ours that ran meanwhile."""
        begun = self.out.with_suffix(".begun")
        for left in (self.out, begun):
            left.unlink(missing_ok=True)
        self.site.server.signal(signal.SIGUSR1)
        await exists(begun)
        await work()
        self.site.server.signal(signal.SIGUSR2)
        await exists(self.out)
        seen = msgspec.json.decode(self.out.read_bytes(), type=list[Function])
        return {
            (file, function)
            for file, function in seen
            if not file.startswith(NOT_COUNTED) and not function.endswith(".log")
        }

    async def idle(self) -> set[Function]:
        """List what runs without any message."""
        return await self.crossed(lambda: asyncio.sleep(IDLE_SECONDS))

    def mirrored(self) -> int:
        """Count the feedback in the mirror."""
        (table,) = (
            name
            for name in self.tables.list_tables()["TableNames"]
            if name.endswith("feedback-messages")
        )
        return int(self.tables.scan(TableName=table, Select="COUNT")["Count"])


async def exists(path: Path) -> None:
    """Wait until the server has made a file."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await asyncio.to_thread(path.exists):  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.001)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TracedServer]:
    """A traced server on a database and tables of its own."""
    with ministack() as tables:
        server = TracedServer(tmp_path_factory.mktemp("traced"), tables.port)
        yield server
        server.site.server.stop()


@pytest.fixture
async def room(traced: TracedServer) -> AsyncIterator[Classroom]:
    """Its clients."""
    classroom = Classroom(traced.site)
    yield classroom
    await classroom.close()


def held_to(limits: tuple[int, int], way: set[Function], name: str) -> None:
    """Print a way and compare it with the most files and functions it may cross."""
    files = {file for file, _ in way}
    sys.stdout.write(f"{name}: {len(files)} files, {len(way)} functions\n")
    listing = "\n".join(f"  {file}: {function}" for file, function in sorted(way))
    assert (len(files) <= limits[0], len(way) <= limits[1]) == (True, True), (
        f"{name} crosses {len(files)} files and {len(way)} functions; shorten its way:\n{listing}"
    )


async def test_a_status_crosses_few_files_on_its_way_to_a_dashboard(
    traced: TracedServer, room: Classroom
) -> None:
    pair: Pair = traced.site.pair()
    dashboard, practice = await room.enters(pair.tutor), await room.enters(pair.student)

    async def report(progress: int) -> None:
        await practice.send(
            type="status",
            status="studying",
            session_id="s1",
            current_sentence="안녕하세요, 만나서 반갑습니다",
            progress=progress,
        )
        await dashboard.hears("dashboard", action="update", progress=progress)

    await report(0)
    ways = []
    for progress in range(1, MESSAGES + 1):
        ways.append(await traced.crossed(lambda progress=progress: report(progress)))  # type: ignore[misc]
    held_to((15, 33), set.intersection(*ways), "a status")


async def test_a_feedback_crosses_few_files_on_its_way_to_student_and_mirror(
    traced: TracedServer, room: Classroom
) -> None:
    pair: Pair = traced.site.pair()
    practice = await room.enters(pair.student)

    async def give(number: int) -> None:
        answer = await room.gives(pair, f"잘했어요 {number}")
        assert answer.status_code == 201
        await practice.hears("feedback")
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await asyncio.to_thread(traced.mirrored) < number:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    await give(1)
    ways = [
        await traced.crossed(lambda number=number: give(number))  # type: ignore[misc]
        for number in range(2, MESSAGES + 2)
    ]

    async def ask_for_a_ticket() -> None:
        answer = await room.http(pair.tutor).post("/api/realtime/ticket")
        assert answer.status_code == 200

    any_request = await traced.crossed(ask_for_a_ticket)
    way = {
        (file, function)
        for file, function in set.intersection(*ways) - any_request - await traced.idle()
        if file != TICKS_OFF
    }
    held_to((44, 128), way, "a feedback")
