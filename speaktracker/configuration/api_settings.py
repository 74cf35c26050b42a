"""How the API behaves and how it is described: what no machine changes."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "speaktracker.auth.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["speaktracker.auth.throttling.PerUserThrottle"],
    "EXCEPTION_HANDLER": "speaktracker.http_errors.exception_response",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "SpeakTracker realtime",
    "DESCRIPTION": "Feedback, rosters and tokens of the SpeakTracker classroom.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["speaktracker.http.slashes.documented_once"],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "FeedbackState": "feedback.models.State",
        "PracticeStatus": "realtime.history.serializers.STATUSES",
        "HelpState": "realtime.help_calls.serializers.HELP_STATES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
