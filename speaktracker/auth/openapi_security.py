"""What the OpenAPI document says of every call: how a token is sent, and how calls are refused."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse

from speaktracker.auth.serializers import ErrorOut

FIELD_ERRORS = {
    "type": "object",
    "description": "The errors of each field by its name; `detail` and `code` when it is not JSON.",
    "additionalProperties": True,
}
INVALID = OpenApiResponse(FIELD_ERRORS, "The body or a parameter is not valid.")

BAD_BODY: dict[Any, Any] = {
    400: INVALID,
    413: OpenApiResponse(ErrorOut, "The body is too large."),
    415: OpenApiResponse(ErrorOut, "The body is not application/json."),
}
NO_IDENTITY: dict[Any, Any] = {
    401: OpenApiResponse(ErrorOut, "No identity, or a bad one."),
    429: OpenApiResponse(ErrorOut, "Too many calls; see Retry-After."),
    503: OpenApiResponse(ErrorOut, "Cannot be done now; nothing was stored. See Retry-After."),
}
REFUSALS: dict[Any, Any] = {
    403: OpenApiResponse(ErrorOut, "Not for this kind of user, or not your student."),
    **NO_IDENTITY,
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The security scheme of `BearerAuthentication`."""

    target_class = "speaktracker.auth.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
