"""Feedback on its way from a tutor to a student: arrived, twice, lost. Pure."""

from dataclasses import dataclass

from speaktracker.simulation.measurement.tally import Tally


@dataclass(slots=True)
class GivenFeedback:
    """One feedback; `taken` once the server promised to deliver it."""

    student_email: str
    at: float
    taken: bool = False


class FeedbackInFlight:
    """All feedback that was given and has not arrived, by its text, which is used once."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._waiting: dict[str, GivenFeedback] = {}
        # Arrived before the server's answer, which may still be a refusal.
        self._early: set[str] = set()

    def give(self, text: str, student_email: str, now: float) -> None:
        """Expect `text` at the student."""
        self._tally.feedback.given += 1
        self._waiting[text] = GivenFeedback(student_email, now)

    def take(self, text: str) -> None:
        """Note that the server has stored it: from now on it must arrive."""
        self._early.discard(text)
        if text in self._waiting:
            self._waiting[text].taken = True

    def refuse(self, text: str) -> None:
        """Expect it no longer."""
        self._waiting.pop(text, None)
        self._tally.feedback.refused += 1
        if text in self._early:
            self._early.discard(text)
            self._tally.feedback.refused_yet_delivered += 1

    def arrive(self, text: str, now: float) -> None:
        """Count feedback that a student's frame brought for the first time."""
        given = self._waiting.pop(text, None)
        if given is not None:
            self._tally.feedback.delivered += 1
            self._tally.arrived.add(now - given.at)
            if not given.taken:
                self._early.add(text)

    def give_up(self, before: float, online: set[str]) -> None:
        """Count what students who are `online` should have had since `before` as lost."""
        late = [text for text, given in self._waiting.items() if given.at < before]
        for text in late:
            if not self._waiting[text].taken:
                # The line broke before the server answered: nobody knows.
                del self._waiting[text]
                self._tally.feedback.unsettled += 1
            elif self._waiting[text].student_email in online:
                del self._waiting[text]
                self._tally.feedback.lost += 1

    def waiting(self) -> int:
        """Count what has not arrived."""
        return len(self._waiting)

    def leave_unsettled(self) -> None:
        """Stop expecting anything."""
        self._tally.feedback.unsettled += len(self._waiting)
        self._waiting.clear()
