from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = _("Feedback")

    def ready(self) -> None:
        """Add feedback to the socket, and offer its records to the mirror."""
        from django.db.models import Q

        from feedback import mirror_source, socket_commands
        from feedback.models import Feedback
        from feedback.replay_source import FeedbackMessages
        from realtime.sockets.message_source import provide_messages
        from speaktracker.persistence import sources
        from speaktracker.persistence.tables import FEEDBACK
        from speaktracker.roster.references import refers_to_people

        del socket_commands  # importing it registered the socket's commands
        provide_messages(FeedbackMessages())
        sources.register(FEEDBACK, mirror_source.FeedbackSource())
        refers_to_people(
            lambda user_id: Feedback.objects.filter(
                Q(student_id=user_id) | Q(tutor_id=user_id)
            ).exists()
        )
