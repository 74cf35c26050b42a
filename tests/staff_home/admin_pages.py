"""Every page of the admin, found by its registry and its addresses."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import URLPattern, URLResolver

# What is no page: it answers programs, leads on, or signs out.
NO_PAGES = {"jsi18n", "autocomplete", "logout", "view_on_site", None}


def pages() -> Iterator[str]:
    """Find the address of each page; those of rows are of the first one there is."""
    yield from addresses(admin.site.get_urls(), "/admin/", None)
    labels = sorted({model._meta.app_label for model in admin.site._registry})
    yield from (f"/admin/{label}/" for label in labels)


def addresses(patterns: Any, prefix: str, row: Model | None) -> Iterator[str]:
    """Walk over patterns, filling in the key of `row`."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route, first_row(route))
        elif isinstance(pattern, URLPattern) and pattern.name not in NO_PAGES:
            names = list(pattern.pattern.converters)
            if not names:
                yield route
            elif row is not None and len(names) == 1:
                yield route.replace(placeholder(route), str(quote(row.pk)))


def placeholder(route: str) -> str:
    """Return the part of an address that stands for the row."""
    return route[route.index("<") : route.index(">") + 1]


def first_row(route: str) -> Model | None:
    """Return the first row of the model whose pages are below `route`."""
    for model, pages_of_model in admin.site._registry.items():
        meta = model._meta
        if route == f"/admin/{meta.app_label}/{meta.model_name}/":
            row: Model | None = pages_of_model.model._default_manager.order_by("pk").first()
            return row
    return None
