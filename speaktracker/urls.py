"""HTTP routes."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from speaktracker import api_documents, probes
from speaktracker.http.slashes import either_way

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("speaktracker.auth.urls")),
    path("", include("feedback.urls")),
    *either_way("api/schema", SpectacularAPIView.as_view(), "schema"),
    *either_way("api/docs", SpectacularSwaggerSplitView.as_view(), "docs"),
    *either_way("api/asyncapi.json", api_documents.asyncapi, "asyncapi"),
    *either_way("healthz", probes.healthz, "healthz"),
    *either_way("readyz", probes.readyz, "readyz"),
    *either_way("metrics", probes.prometheus, "metrics"),
    path("", include("realtime.pages.urls")),
]
