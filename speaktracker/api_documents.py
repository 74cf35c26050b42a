"""The socket's description, served."""

from dataclasses import asdict

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from realtime.protocol.asyncapi import document


@require_safe
def asyncapi(request: HttpRequest) -> JsonResponse:
    """Answer the AsyncAPI 3 document of the socket."""
    described = document(request.get_host(), asdict(settings.LIMITS))
    return JsonResponse(described, json_dumps_params={"ensure_ascii": False})
