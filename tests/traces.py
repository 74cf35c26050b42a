"""Searches everything that is stored for words: each table, each key of Redis, each item."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db.backends.base.base import BaseDatabaseWrapper
from redis import Redis


def traces(words: Iterable[str], where: str, stored: Any) -> Iterator[str]:
    """Say where a value names one of `words`, whatever its case and written in JSON or not."""
    text = (
        bytes(stored).decode("latin-1") if isinstance(stored, bytes | memoryview) else str(stored)
    )
    for word in words:
        forms = {word, json.dumps(word)[1:-1], word.encode().decode("latin-1")}
        if any(form.lower() in text.lower() for form in forms):
            yield f"{where}: {word!r} in {text[:200]!r}"


def traces_in_sql(connection: BaseDatabaseWrapper, words: Iterable[str]) -> list[str]:
    """Search every column of every table, opening sessions."""
    wanted = list(words)
    found: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    opened = SessionStore().decode(value) if column == "session_data" else value
                    found += traces(wanted, f"{table}.{column}", opened)
    return found


def traces_in_redis(client: "Redis", words: Iterable[str]) -> list[str]:
    """Search every key of every kind, and its value."""
    wanted = list(words)
    found: list[str] = []
    read: dict[Any, Callable[[Any], Any]] = {
        b"string": lambda key: client.get(key),
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": lambda key: client.smembers(key),
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"hash": lambda key: client.hgetall(key),
        b"stream": lambda key: client.xrange(key),
    }
    for key in client.scan_iter():
        value = read.get(client.type(key), lambda _key: None)(key)
        found += traces(wanted, "a key of Redis", f"{key!r} {value!r}")
    return found


def traces_in_dynamodb(client: Any, stack: str, words: Iterable[str]) -> list[str]:
    """Search every item of an installation's tables."""
    wanted = list(words)
    found: list[str] = []
    for page in client.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            if not table.startswith(f"{stack}-"):
                continue
            for items in client.get_paginator("scan").paginate(TableName=table):
                for item in items["Items"]:
                    found += traces(wanted, table, item)
    return found
