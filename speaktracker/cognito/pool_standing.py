"""Whether the pool still stands by tokens that verified: asked now and then, beside everything.

A signed token says nothing of a sign-out, or of a person disabled since. What the pool answered
counts for a while; while it does not answer, what it answered last, and before the first answer the
signature, which it gave itself not long ago.
"""

import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings

from speaktracker import metrics
from speaktracker.cognito.pool_client import AT_ONCE, AccountEnded, NotAllowed, PoolClient
from speaktracker.cognito.pool_tokens import PoolClaims, Profile
from speaktracker.exceptions import InvalidCredentials, Unavailable

logger = logging.getLogger(__name__)

# Tokens remembered by one process; those longest unused go first.
REMEMBERED = 50_000
# Questions that wait for a thread; tokens beyond are asked about at a later turn.
WAITING = 500
# After a question that found the pool away nobody asks for so long.
REST_SECONDS = 5.0
NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Question:
    """What the pool is asked: whose a token is, or whether a person may still sign in."""

    claims: PoolClaims
    by_token: bool

    @property
    def about(self) -> bytes:
        """Name what the answer is about, without giving a token away."""
        return self.claims.digest if self.by_token else self.claims.sub.encode()


@dataclass(slots=True)
class Answer:
    """What the pool said last, and the question on its way."""

    given_at: float = NEVER
    has_ended: bool = False
    profile: Profile | None = None
    asking: Future[None] | None = None

    def refuse_ended(self) -> None:
        """Raise InvalidCredentials where the pool has ended what was asked about."""
        if self.has_ended:
            raise InvalidCredentials("the user pool has ended this token")

    def is_due(self, question: Question) -> bool:
        """Tell whether to ask anew."""
        # A token that was signed out stays so; a person who was disabled may be enabled again.
        if self.asking is not None or (self.has_ended and question.by_token):
            return False
        return time.monotonic() >= self.given_at + settings.LIMITS.cognito_check_seconds


class PoolStanding:
    """The pool's answers by token; may be used from any thread, and waits in none."""

    def __init__(self, client: PoolClient) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(AT_ONCE, "cognito-ask")
        self._lock = threading.Lock()
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self._waiting = 0
        self._rests_until = NEVER
        self._is_away = False
        self._threads.submit(client.prepare)

    def check(self, claims: PoolClaims) -> Future[None] | None:
        """Ask where that is due and return what brings the answer, else refuse as `refuse_ended`.

        So a person who was disabled is asked about anew. To be called again after the answer.
        """
        if self.due_since(claims) is not None and (asking := self.ask(claims)):
            return asking
        self.refuse_ended(claims)
        answer = self._answers.get(Question(claims, claims.may_ask).about)
        return answer.asking if answer and answer.given_at == NEVER else None

    def refuse_ended(self, claims: PoolClaims) -> None:
        """Raise InvalidCredentials for a token that has ended, as far as the pool was asked."""
        with self._lock:
            self._answer_to(Question(claims, claims.may_ask)).refuse_ended()

    def due_since(self, claims: PoolClaims) -> float | None:
        """Say when the pool last answered for a token it is to be asked about anew, else None."""
        question = Question(claims, claims.may_ask)
        with self._lock:
            answer = self._answer_to(question)
            can_ask = self._client.can_ask(by_token=question.by_token)
            return answer.given_at if can_ask and answer.is_due(question) else None

    def ask(self, claims: PoolClaims) -> Future[None] | None:
        """Ask about a token, or join who does; None while nobody can. The future never fails."""
        return self._asking(Question(claims, claims.may_ask))

    def profile(self, claims: PoolClaims) -> Profile | None:
        """Return whose an access token is, None until the pool has said it.

        Raises InvalidCredentials when it said that the token has ended.
        """
        with self._lock:
            answer = self._answer_to(Question(claims, by_token=True))
            answer.refuse_ended()
            return answer.profile

    def ask_profile(self, claims: PoolClaims) -> Future[None] | None:
        """Ask whose an access token is, or join who does; as `ask`."""
        return self._asking(Question(claims, by_token=True))

    def _answer_to(self, question: Question) -> Answer:
        answer = self._answers.setdefault(question.about, Answer())
        self._answers.move_to_end(question.about)
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        return answer

    def _asking(self, question: Question) -> Future[None] | None:
        with self._lock:
            answer = self._answer_to(question)
            is_resting = time.monotonic() < self._rests_until
            if answer.asking is None and self._waiting < WAITING and not is_resting:
                self._waiting += 1
                answer.asking = self._threads.submit(self._take_answer, question, answer)
            return answer.asking

    def _take_answer(self, question: Question, answer: Answer) -> None:
        outcome, profile = "unknown", answer.profile
        try:
            if time.monotonic() >= self._rests_until:
                profile = self._client.ask(question.claims, by_token=question.by_token) or profile
                outcome = "stands"
        except AccountEnded:
            outcome = "ended"
        except NotAllowed as error:
            logger.warning("The user pool may not be asked whom it disabled: %s", error)
        except Unavailable as error:
            self._note_away(str(error))
        finally:
            self._keep(answer, outcome, profile)

    def _keep(self, answer: Answer, outcome: str, profile: Profile | None) -> None:
        if outcome != "unknown" and self._is_away:
            self._is_away = False
            logger.info("The user pool can be asked about tokens again.")
        with self._lock:
            if outcome != "unknown":
                answer.given_at = time.monotonic()
                answer.has_ended = outcome == "ended"
                answer.profile = profile
            answer.asking = None
            self._waiting -= 1
        metrics.cognito_token_checked(outcome)

    def _note_away(self, reason: str) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS
        if not self._is_away:
            self._is_away = True
            logger.warning("The user pool cannot be asked about tokens: %s", reason)
