"""manage.py new_management_key: a key pair for the Management API, and how boto3 uses it."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
USE = """\
For the server (with a comma between several, while one takes another's place):

MANAGEMENT_API_KEYS={key_id}:{secret}

For boto3 (`:POST` behind the secret above limits the key to posts):

import boto3

client = boto3.client(
    "apigatewaymanagementapi",
    endpoint_url="{address}",
    region_name="{region}",
    aws_access_key_id="{key_id}",
    aws_secret_access_key="{secret}",
)
client.post_to_connection(ConnectionId="L0SM9cOFvHcCIhw=", Data=b"...")
"""


class Command(BaseCommand):
    help = "Print a new key pair for the Management API, and how boto3 uses it; stores nothing."

    def handle(self, *_: Any, **options: Any) -> None:
        """Print the pair."""
        self.stdout.write(
            USE.format(
                key_id="ST" + "".join(secrets.choice(LETTERS) for _ in range(18)),
                secret=secrets.token_urlsafe(32),
                address=settings.PUBLIC_URL or "http://127.0.0.1:8000",
                region=settings.MANAGEMENT_API.region,
            )
        )
