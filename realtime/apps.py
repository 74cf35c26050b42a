from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RealtimeConfig(AppConfig):
    name = "realtime"
    verbose_name = _("Classroom")

    def ready(self) -> None:
        """Listen to the roster, and offer the records to the mirror."""
        from realtime import mirror, receivers  # noqa: F401 - connects the signals
        from realtime.models import Connection, PracticeSession
        from speaktracker.persistence import sources
        from speaktracker.persistence.tables import CONNECTIONS, SESSIONS
        from speaktracker.roster.references import refers_to_people

        sources.register(CONNECTIONS, mirror.Connections())
        sources.register(SESSIONS, mirror.Sessions())
        refers_to_people(lambda user_id: Connection.objects.filter(user_id=user_id).exists())
        refers_to_people(
            lambda user_id: PracticeSession.objects.filter(student_id=user_id).exists()
        )
