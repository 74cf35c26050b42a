from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RealtimeConfig(AppConfig):
    name = "realtime"
    verbose_name = _("Classroom")

    def ready(self) -> None:
        """Listen to the roster, and offer the records to the mirror."""
        from realtime import held_records, mirror, receivers  # noqa: F401 - connects the signals
        from realtime.models import Connection, PracticeSession
        from realtime.sentences import demo_lists, held_sentences, year_lists
        from realtime.session_import import SessionImporter
        from speaktracker.persistence import sources
        from speaktracker.persistence.foreign import importers
        from speaktracker.persistence.tables import CONNECTIONS, SESSIONS
        from speaktracker.roster.references import refers_to_people

        del demo_lists, held_sentences, year_lists  # importing them registered what they do
        sources.register(CONNECTIONS, mirror.Connections())
        sources.register(SESSIONS, mirror.Sessions())
        importers.register(SESSIONS, SessionImporter())
        refers_to_people(lambda user_id: Connection.objects.filter(user_id=user_id).order_by())
        refers_to_people(
            lambda user_id: PracticeSession.objects.filter(student_id=user_id).order_by()
        )
