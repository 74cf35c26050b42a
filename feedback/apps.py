from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = _("Feedback")

    def ready(self) -> None:
        """Add feedback to the socket, and offer its records to the mirror."""
        from feedback import socket_commands
        from feedback.models import Feedback
        from feedback.quick_replies import demo_replies, held_replies
        from feedback.replay_source import FeedbackMessages
        from feedback.sources import held_feedback, mirror_source
        from feedback.sources.feedback_import import FeedbackImporter
        from realtime.sockets.message_source import provide_messages
        from speaktracker.persistence import sources
        from speaktracker.persistence.foreign import importers
        from speaktracker.persistence.tables import FEEDBACK
        from speaktracker.roster.references import refers_to_people

        del (
            socket_commands,
            held_feedback,
            demo_replies,
            held_replies,
        )  # importing them registered what they do
        provide_messages(FeedbackMessages())
        sources.register(FEEDBACK, mirror_source.FeedbackSource())
        importers.register(FEEDBACK, FeedbackImporter())
        # Each by an index of its own: no index serves both.
        given = Feedback.objects.order_by()
        refers_to_people(lambda user_id: given.filter(student_id=user_id))
        refers_to_people(lambda user_id: given.filter(tutor_id=user_id))
