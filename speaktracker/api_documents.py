"""The descriptions of the socket and the API, served."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from realtime.protocol.asyncapi import document


class ApiDocs(SpectacularSwaggerSplitView):
    """The API's browsable page; its pictures stand in its own style sheet."""

    template_name = "realtime/api_docs.html"

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        """Let the page show the pictures of its style sheet."""
        response: Any = super().finalize_response(*args, **kwargs)
        response.policy_additions = {"img-src": ["data:"]}
        return response


@csrf_exempt
@require_safe
def asyncapi(request: HttpRequest) -> JsonResponse:
    """Answer the AsyncAPI 3 document of the socket."""
    described = document(request.get_host(), asdict(settings.LIMITS))
    return JsonResponse(described, json_dumps_params={"ensure_ascii": False})
