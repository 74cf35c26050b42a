"""Around every request: where it comes from, and the status of an answer that refuses a try."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from speaktracker.guard.visits import Visit, address_of_visitor, visit_of_context


class GuardMiddleware:
    """Answers what the guard refused with 429 or 503 and Retry-After, whatever the view made of it.

    A form shows the refusal as one of its errors and would be an ordinary page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        visit = Visit(address_of_visitor(request))
        token = visit_of_context.set(visit)
        try:
            response = self.get_response(request)
        finally:
            visit_of_context.reset(token)
        if visit.refusal:
            response.status_code = visit.refusal.status_code
            response.headers["Retry-After"] = str(visit.refusal.wait)
            response.headers["Cache-Control"] = "no-store"
        return response
