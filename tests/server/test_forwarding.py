"""Who a client is, where from and over what, as trusted proxies say it."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from speaktracker.server.forwarding import apply_forwarding, trusted_networks

TRUSTED = trusted_networks(["10.0.0.0/8", "127.0.0.1", "2001:db8::/32"])


def forwarded_scope(peer: str, *said: tuple[str, str]) -> dict[str, Any]:
    """Return the scope of a request from port 5 of `peer` with X-Forwarded-* headers."""
    headers = [(f"x-forwarded-{of}".encode(), value.encode()) for of, value in said]
    scope = {"type": "http", "client": [peer, 5], "headers": headers, "scheme": "http"}
    apply_forwarding(scope, TRUSTED)
    return scope


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db9::1]:4711"], "2001:db9::1"),
        ("2001:db8::1", ["2001:db9::1"], "2001:db9::1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
    ],
)
def test_the_client_is_the_right_most_address_that_is_no_trusted_proxy(
    peer: str, forwarded: list[str], client: str
) -> None:
    scope = forwarded_scope(peer, *(("for", value) for value in forwarded))
    assert scope["client"][0] == client


@pytest.mark.parametrize(
    ("peer", "forwarded", "scheme"),
    [
        ("10.0.0.1", {"proto": "https"}, "https"),
        ("10.0.0.1", {"for": "198.51.100.1", "proto": "HTTPS"}, "https"),
        ("10.0.0.1", {"proto": "gopher"}, "http"),
        ("192.0.2.1", {"proto": "https"}, "http"),
        # What each proxy adds behind the last, as with the addresses.
        ("10.0.0.1", {"for": "198.51.100.1, 10.0.0.2", "proto": "https, http"}, "https"),
        ("10.0.0.1", {"for": "198.51.100.1, 10.0.0.2", "proto": "https"}, "https"),
        ("10.0.0.1", {"for": "198.51.100.1", "proto": "https, http"}, "http"),
        ("10.0.0.1", {"for": "10.0.0.3, 198.51.100.1", "proto": "https, http"}, "http"),
    ],
)
def test_the_scheme_is_what_a_trusted_proxy_says_of_the_client(
    peer: str, forwarded: dict[str, str], scheme: str
) -> None:
    assert forwarded_scope(peer, *forwarded.items())["scheme"] == scheme


@pytest.mark.parametrize(("peer", "scheme"), [("10.0.0.1", "wss"), ("192.0.2.1", "ws")])
def test_a_socket_has_a_scheme_of_its_own(peer: str, scheme: str) -> None:
    scope = {
        "type": "websocket",
        "client": [peer, 5],
        "headers": [(b"x-forwarded-proto", b"https")],
    }
    apply_forwarding(scope, TRUSTED)
    assert scope["scheme"] == scheme


@pytest.mark.parametrize(
    ("peer", "forwarded", "port"),
    [
        ("10.0.0.1", {"for": "198.51.100.1", "port": "4711"}, 4711),
        ("10.0.0.1", {"for": "198.51.100.1:4712", "port": "4711"}, 4712),
        ("10.0.0.1", {"for": "[2001:db9::1]:4712"}, 4712),
        ("10.0.0.1", {"for": "198.51.100.1:4712, 10.0.0.2:9"}, 4712),
        ("10.0.0.1", {"for": "198.51.100.1", "port": "1, 4711"}, 4711),
        ("10.0.0.1", {"for": "198.51.100.1"}, 0),
        ("10.0.0.1", {"for": "198.51.100.1:port", "port": "65536"}, 0),
        ("10.0.0.1", {"for": "198.51.100.1", "port": "４７"}, 0),
        ("10.0.0.1", {"for": "198.51.100.1", "port": "-1"}, 0),
        ("10.0.0.1", {"port": "4711"}, 5),
        ("192.0.2.1", {"for": "198.51.100.1", "port": "4711"}, 5),
    ],
)
def test_the_port_is_the_forwarded_clients(peer: str, forwarded: dict[str, str], port: int) -> None:
    assert forwarded_scope(peer, *forwarded.items())["client"][1] == port


def test_a_word_that_is_no_network_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        trusted_networks(["proxy.example.com"])
