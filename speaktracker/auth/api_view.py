"""What every view of the API stands on: whom it lets in, and how it reads a body."""

from collections.abc import Mapping
from typing import IO, Any, ClassVar

import msgspec
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from speaktracker.roster.models import UserType

# Room for 2,000 characters that are all written as two \\uXXXX escapes, and a long audio_url.
BODY_BYTES = 64 * 1024
UNKNOWN_LENGTH = "-1"


class BodyTooLarge(APIException):
    """The body is longer than BODY_BYTES."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The body is too large.")
    default_code = "too_large"


class JSONBody(BaseParser):
    """Read strict JSON: no NaN, no lone surrogates, no bottomless nesting; 400 or 413 else."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self,
        stream: IO[Any],
        _media_type: str | None = None,
        _context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(BODY_BYTES + 1)
        if len(body) > BODY_BYTES:
            raise BodyTooLarge
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ParseError(_("The body is not JSON: %s") % error) from None


class ApiView(APIView):
    """A view for users of its `role`, or of any; it also reads bodies sent in chunks."""

    parser_classes = (JSONBody,)
    role: ClassVar[UserType | None] = None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        # REST framework takes a body of no stated length for none; ours is read up to its limit.
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            request.META.setdefault("CONTENT_LENGTH", UNKNOWN_LENGTH)
        return super().initialize_request(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        try:
            return super().perform_content_negotiation(request, force)
        except Http404:  # REST framework's word on a `format` that it has not got
            raise ValidationError({"format": [_("There is no such format.")]}) from None

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if self.role and getattr(request.user, "user_type", None) != self.role:
            self.permission_denied(request)
