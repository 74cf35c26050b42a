"""What a page of another origin may read, of answers that no middleware has seen."""

from corsheaders.middleware import CorsMiddleware
from django.http import HttpRequest, HttpResponse

Headers = list[tuple[bytes, bytes]]

_CORS = CorsMiddleware(lambda _request: HttpResponse())


def headers_of_answer(path: str, origin: str | None) -> Headers:
    """Return the headers with which a page of `origin` may read an answer of `path`.

    They are those that django-cors-headers gives every answer that comes through Django.
    """
    request, response = HttpRequest(), HttpResponse()
    request.path_info = path
    if origin:
        request.META["HTTP_ORIGIN"] = origin
    _CORS.add_response_headers(request, response)
    del response.headers["Content-Type"]
    return [(name.encode(), value.encode("latin1")) for name, value in response.headers.items()]
