"""What can be called, found out from the URL resolver and the admin site."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from speaktracker.probes import PROBES

ADMIN = "/admin/"
OTHER_METHOD = "PUT"
PARAMETER = re.compile(r"<(?:\w+:)?(?:object_id|content_type_id|id|pk)>")
Patterns = Sequence[URLPattern | URLResolver]
Found = Iterator[tuple[str, URLPattern]]


def routes_in(patterns: Patterns, prefix: str = "/") -> Found:
    """List each route with its address as the patterns spell it; the admin site is left out."""
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern
        elif pattern.namespace != "admin":
            yield from routes_in(pattern.url_patterns, address)


def all_routes() -> Found:
    """List every route but the admin site's."""
    return routes_in(get_resolver().url_patterns)


def api_calls() -> set[str]:
    """List `METHOD address` of every call below /api/, and one method more that it has not."""
    found = set()
    for address, pattern in all_routes():
        if address.startswith("/api/"):
            methods = [OTHER_METHOD]
            for method in ("GET", "POST", "DELETE", "PATCH"):
                if hasattr(getattr(pattern.callback, "cls", None), method.lower()):
                    methods.append(method)
            if not hasattr(pattern.callback, "cls"):
                methods.append("GET")
            found |= {f"{method} {address.rstrip('/')}" for method in methods}
    return found


def pages() -> set[str]:
    """List the addresses of every page outside the API and the admin."""
    probes = {f"{address}{slash}" for address in PROBES for slash in ("", "/")}
    routed = {address for address, _ in all_routes() if not address.startswith(("/api/", "/^"))}
    return probes | routed


def admin_pages() -> set[str]:
    """List the addresses of the admin, with <pk> where a row is named."""
    found = set()
    for address, _ in routes_in(admin.site.get_urls(), ADMIN):
        if "app_label" in address:
            labels = {model._meta.app_label for model in admin.site._registry}
            found |= {f"{ADMIN}{label}/" for label in labels}
        elif "(?P<url>" in address:
            found.add(f"{ADMIN}nonsense/")
        else:
            found.add(PARAMETER.sub("<pk>", address))
    return found


def actions() -> dict[str, "ModelAdmin[Any]"]:
    """List `app.model action` of every action of a list, with whose it is."""
    return {
        f"{model._meta.label_lower} {name}": model_admin
        for model, model_admin in admin.site._registry.items()
        for _function, name, _description in model_admin._get_base_actions()  # type: ignore[attr-defined]
    }


def model_at(address: str) -> type[Model] | None:
    """Return the model that an admin page is about, None for pages about none."""
    label, _, rest = address.removeprefix(ADMIN).partition("/")
    name = rest.partition("/")[0]
    try:
        return apps.get_model(label, name) if name else None
    except LookupError:
        return None
