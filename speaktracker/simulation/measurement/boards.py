"""All dashboards together: which of them shows a student."""

from collections.abc import Iterator

from speaktracker.simulation.measurement.sightings import Marker, SentStatus, Sighting
from speaktracker.simulation.measurement.tally import Tally
from speaktracker.simulation.seen_frames import SeenStudent


class Board:
    """What one tutor's dashboard shows of each student; times are of time.monotonic()."""

    def __init__(self, boards: "Boards", tally: Tally) -> None:
        self._boards = boards
        self._tally = tally
        self._students: dict[str, Sighting] = {}
        self._since: float | None = None

    def open(self, now: float) -> None:
        """Begin a connection; whatever it shows is held against itself alone."""
        self._since = now
        for sighting in self._students.values():
            sighting.reset()

    def close(self) -> None:
        """End the connection; nothing counts as lost until the next one stands."""
        self._since = None

    def snapshot(self, students: list[SeenStudent], now: float) -> None:
        """Take the whole roster, or a part of it."""
        for student in students:
            sighting = self._sighting(student.student_email)
            sighting.seed(student.online and student.status != "finished")
            self._see(student, now)

    def change(self, action: str, student: SeenStudent, now: float) -> None:
        """Take one student's change."""
        sighting = self._sighting(student.student_email)
        if action != "update":
            sighting.edge(action)
        self._see(student, now)
        if student.reason == "removed":
            sighting.leave_unwatched()
            self._boards.remove(student.student_email, self)

    def give_up(self, now: float, deadline: float) -> None:
        """Count as lost what this connection has had `deadline` seconds to show."""
        if self._since is not None and now - self._since > deadline:
            for sighting in self._students.values():
                sighting.give_up(now - deadline)

    def sighting_of(self, email: str) -> Sighting:
        """Find one student's sighting."""
        return self._students[email]

    def __iter__(self) -> Iterator[Sighting]:
        return iter(self._students.values())

    def _sighting(self, email: str) -> Sighting:
        sighting = self._students.get(email)
        if sighting is None:
            sighting = Sighting(self._tally.status, self._tally.shown)
            self._students[email] = sighting
        self._boards.show(email, self)
        return sighting

    def _see(self, student: SeenStudent, now: float) -> None:
        if student.session_id is None or student.status is None:
            return
        marker = Marker(
            student.session_id,
            student.status,
            student.current_sentence,
            student.progress,
        )
        self._students[student.student_email].see(marker, student.version, now)


class Boards:
    """Every simulated tutor's board."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._boards: list[Board] = []
        self._showing: dict[str, Board] = {}

    def add(self) -> Board:
        """Make one more tutor's board."""
        board = Board(self, self._tally)
        self._boards.append(board)
        return board

    def show(self, email: str, board: Board) -> None:
        """Note that `board` shows the student now."""
        before = self._showing.get(email)
        if before is board:
            return
        if before is not None:
            before.sighting_of(email).leave_unwatched()
        self._showing[email] = board

    def remove(self, email: str, board: Board) -> None:
        """Note that `board` shows the student no longer."""
        if self._showing.get(email) is board:
            del self._showing[email]

    def shows(self, email: str) -> bool:
        """Tell whether a simulated tutor watches the student."""
        return email in self._showing

    def expect(self, email: str, sent: SentStatus) -> None:
        """Expect a status on the board that shows the student, where there is one."""
        self._tally.status.sent += 1
        board = self._showing.get(email)
        if board is None:
            self._tally.status.unwatched += 1
        else:
            board.sighting_of(email).send(sent)

    def refuse(self, email: str, sent: SentStatus) -> None:
        """Expect a status no longer: the server refused it."""
        board = self._showing.get(email)
        if board is not None:
            board.sighting_of(email).refuse(sent)

    def give_up(self, now: float, deadline: float) -> None:
        """Count as lost what no board showed in time."""
        for board in self._boards:
            board.give_up(now, deadline)

    def waiting(self) -> int:
        """Count the statuses that are not settled."""
        return sum(sighting.waiting for board in self._boards for sighting in board)

    def leave_unsettled(self) -> None:
        """Stop expecting anything."""
        for board in self._boards:
            for sighting in board:
                sighting.leave_unsettled()
