"""Request bodies: JSON and nothing but JSON, read up to a limit."""

from collections.abc import Mapping
from typing import IO, Any

import msgspec
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

# Room for 2,000 characters that are all written as two \\uXXXX escapes, and a long audio_url.
BODY_BYTES = 64 * 1024


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
