"""Each request is a use of its session."""

from typing import cast

from django.contrib.sessions.middleware import SessionMiddleware
from django.db import Error
from django.http import HttpRequest, HttpResponse

from speaktracker.auth.shared_computers.services import note_uses
from speaktracker.auth.shared_computers.session_store import SessionStore
from speaktracker.clock import now
from speaktracker.db.outage import is_outage


class IdleSessionMiddleware(SessionMiddleware):
    """Django's own; a shared computer's session that was read lasts from now on."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        session = cast(SessionStore, request.session)
        try:
            if session.is_used_anew():
                note_uses({str(session.session_key): now()})
        except Error as error:  # the answer stands without it
            if not is_outage(error):
                raise
        return response
