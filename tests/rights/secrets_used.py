"""Every secret that a run uses, collected in one place, and where one of them shows."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

SHORTEST = 12
SESSION = re.compile("session|spare")


class SecretsUsed:
    """Passwords, tokens, tickets, session keys, CSRF tokens and links with tokens."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._named)

    def add(self, name: str, secret: str) -> str:
        """Remember a secret by what it is, and return it."""
        if len(secret) >= SHORTEST:
            self._named.setdefault(secret, name)
        return secret

    def add_all(self, name: str, value: object) -> None:
        """Remember every text in a JSON value but addresses and numbers."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                self.add_all(f"{name}.{key}", inner)
        elif isinstance(value, list):
            for inner in value:
                self.add_all(name, inner)
        elif isinstance(value, str):
            self.add(name, value)

    def found_in(self, outputs: Iterable[tuple[str, str]]) -> Iterator[str]:
        """Say of each place which secrets it shows, written as they are or escaped."""
        for place, text in outputs:
            for secret, name in self._named.items():
                # Django itself keeps sessions by their keys; what ends with one names it so.
                kept = place.startswith("the table") and SESSION.search(name)
                if not kept and any(form in text for form in _forms(secret)):
                    where = max(0, text.find(secret) - 160)
                    yield f"{place} shows {name}: …{text[where : where + 400]!r}"


def _forms(secret: str) -> set[str]:
    # Of a token its signature and its claims are as good as all of it.
    parts = [part for part in secret.split(".") if len(part) > 40] if secret.count(".") == 2 else []
    return {secret, quote(secret), json.dumps(secret)[1:-1], *parts}
