"""What a simulation is told to do; checked before the first socket opens."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from speaktracker.limit_settings import Limits
from speaktracker.simulation.simulation_errors import CannotSimulate

SECONDS_BETWEEN_STATUSES = 3
_SOCKET_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class SimulationOptions:
    """How many people do how much, where, and for how long.

    Students `first_student` to `students` take part. `rate` and `feedback` are messages a second of
    all together; `seconds` 0 means until stopped; what is not shown within `deadline` s is lost.
    """

    url: str
    tutors: int
    students: int
    first_student: int = 1
    rate: float = 0.0
    seconds: float = 60.0
    feedback: float = 0.2
    password: str = ""
    batch: bool = False
    deadline: float = 20.0

    @property
    def tutor_emails(self) -> list[str]:
        """Name the tutors as seed_demo does."""
        return [f"tutor{number}@example.com" for number in range(1, self.tutors + 1)]

    @property
    def student_emails(self) -> list[str]:
        """Name the students as seed_demo does."""
        numbers = range(self.first_student, self.students + 1)
        return [f"student{number}@example.com" for number in numbers]

    @property
    def http_url(self) -> str:
        """Address the API, without a slash at the end."""
        parts = urlsplit(self.url)
        scheme = "https" if parts.scheme in ("https", "wss") else "http"
        return f"{scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/ws')}"

    @property
    def socket_url(self) -> str:
        """Address the socket."""
        scheme, rest = self.http_url.split("://", 1)
        return f"{_SOCKET_SCHEMES[scheme]}://{rest}/ws/"

    @property
    def how_to_seed(self) -> str:
        """Say how the people of this simulation come to be."""
        people = f"--tutors {self.tutors} --students {self.students}"
        return f"run manage.py seed_demo {people} on the server"

    @property
    def is_loopback(self) -> bool:
        """Tell whether the server is on this machine, where no proxy stands between."""
        return urlsplit(self.url).hostname in _LOOPBACK


def checked(options: SimulationOptions, limits: Limits) -> SimulationOptions:
    """Hold `options` to what one user may do; raises CannotSimulate."""
    parts = urlsplit(options.url)
    if parts.scheme not in _SOCKET_SCHEMES or not parts.hostname:
        raise CannotSimulate(
            f"--url {options.url} is not an address such as http://127.0.0.1:8000."
        )
    students = options.students - options.first_student + 1
    if options.tutors < 1 or options.first_student < 1 or students < 1:
        raise CannotSimulate(
            "--tutors must be at least 1, and --students at least --first-student."
        )
    if min(options.rate, options.seconds, options.feedback) < 0 or options.deadline <= 0:
        raise CannotSimulate(
            "--rate, --seconds and --feedback must not be negative; --deadline must be above 0."
        )
    of_tutor, to_student = limits.user_rest_calls_per_minute, limits.student_feedback_per_minute
    _check_share("--rate", options.rate, "--students", students, limits.user_messages_per_second)
    _check_share("--feedback", options.feedback, "--tutors", options.tutors, of_tutor / 60)
    _check_share("--feedback", options.feedback, "--students", students, to_student / 60)
    return options


def _check_share(what: str, rate: float, who: str, people: int, limit: float) -> None:
    if rate / people > limit:
        raise CannotSimulate(
            f"{what} {rate:g} is {rate / people:g} a second for each of {people} people, more than"
            f" the {limit:g} that the limits allow: lower {what} or raise {who}."
        )
