"""HTTP routes."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from realtime.pages import error_pages
from speaktracker import api_documents
from speaktracker.auth.throttling import PerAddressThrottle
from speaktracker.http.slashes import either_way

urlpatterns = [
    path(
        "", include("speaktracker.passwords.urls")
    ),  # before the admin, of which it replaces a page
    path("admin/", admin.site.urls),
    path("", include("speaktracker.auth.urls")),
    path("", include("feedback.urls")),
    path("", include("realtime.help_calls.urls")),
    path("", include("realtime.history.urls")),
    path("", include("realtime.loan_calls.urls")),
    path("", include("realtime.sentences.urls")),
    *either_way(
        "api/schema", SpectacularAPIView.as_view(throttle_classes=(PerAddressThrottle,)), "schema"
    ),
    *either_way("api/docs", api_documents.ApiDocs.as_view(), "docs"),
    *either_way("api/asyncapi.json", api_documents.asyncapi, "asyncapi"),
    path("", include("realtime.pages.urls")),
    *either_way("ws", error_pages.only_for_sockets, "only-for-sockets"),
    re_path(r"^api(/|$)", error_pages.no_such_call, name="no-such-call"),
]
handler400 = error_pages.bad_request
handler403 = error_pages.forbidden
handler404 = error_pages.not_found
handler500 = error_pages.server_error
