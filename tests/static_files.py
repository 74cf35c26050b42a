"""The static files of a process, looked for once and not by each of Django's test clients."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesOfTests(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, but for the six hundred files that each client of a test would look at."""

    _found: ClassVar[dict[bool, dict[str, Any]]] = {}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.DEBUG not in self._found:
            super().__init__(get_response)
            self._found[settings.DEBUG] = dict(vars(self))
        self.__dict__.update(self._found[settings.DEBUG], get_response=get_response)
