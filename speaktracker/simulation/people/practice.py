"""What one student does: session after session, sentence after sentence. Pure but for `random`."""

from collections.abc import Iterator, Sequence
from random import Random

from realtime.protocol.field_types import Status
from speaktracker.simulation.measurement.sightings import Marker
from speaktracker.simulation.people.sentences import SENTENCES

# A step of progress for every report, so that a session's markers all differ: 12 x 8 < 100.
SENTENCES_IN_SESSION = (5, 12)
REPORTS_PER_SENTENCE = (3, 8)
SHARE_OF_BREAKS = 0.06
TURNS_OF_REST = (1, 4)
_BREAKS: tuple[Status, ...] = ("idle", "paused")


def session(session_id: str, random: Random, known: Sequence[str] = SENTENCES) -> Iterator[Marker]:
    """Practise some of the `known` sentences, with a break now and then, and finish."""
    sentences = random.sample(known, min(len(known), random.randint(*SENTENCES_IN_SESSION)))
    steps = [said for said in sentences for _ in range(random.randint(*REPORTS_PER_SENTENCE))]
    for number, sentence in enumerate(steps):
        progress = number * 100 // len(steps)
        yield Marker(session_id, "studying", sentence, progress)
        if random.random() < SHARE_OF_BREAKS:
            yield Marker(session_id, random.choice(_BREAKS), sentence, progress)
    yield Marker(session_id, "finished", steps[-1], 100)


class SimulatedPractice:
    """One student's sessions without end; `name` begins the ids of them all."""

    def __init__(self, name: str, random: Random) -> None:
        self.sentences: Sequence[str] = SENTENCES
        self._name = name
        self._random = random
        self._number = 0
        self._rest = 0
        self._session: Iterator[Marker] = iter(())
        # Somewhere within their first sentences, so that a class does not move in lockstep.
        self._skip = random.randint(0, SENTENCES_IN_SESSION[0] * REPORTS_PER_SENTENCE[0] - 1)
        self.session_id = ""

    def rests(self) -> bool:
        """Let one turn pass while the pause between two sessions lasts."""
        self._rest = max(self._rest - 1, -1)
        return self._rest >= 0

    def next(self) -> Marker:
        """Do the next thing; a new session begins after the last one's end."""
        marker = next(self._session, None)
        if marker is None:
            self._number += 1
            self.session_id = f"{self._name}-{self._number}"
            self._session = session(self.session_id, self._random, self.sentences)
            for _ in range(self._skip):
                next(self._session)
            self._skip = 0
            marker = next(self._session)
        if marker.status == "finished":
            self._rest = self._random.randint(*TURNS_OF_REST)
        return marker
