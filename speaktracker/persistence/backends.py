"""Which backend the settings ask for."""

from django.conf import settings

from speaktracker.persistence.base import Backend, NoMirror


def backend_from_settings() -> Backend:
    """Make the backend of MIRROR for the relay, which retries by itself."""
    return NoMirror() if settings.MIRROR == "off" else dynamodb_from_settings(attempts=1)


def dynamodb_from_settings(attempts: int = 4) -> Backend:
    """Make the DynamoDB backend, whatever MIRROR says; takes half a second, blocking.

    Raises StoreMisconfigured without a region.
    """
    # boto3 is slow to import, and most processes and commands never need it.
    from speaktracker.persistence.dynamodb.backend import DynamoDB, DynamoDBConfig

    config = DynamoDBConfig(
        stack=settings.STACK,
        region=settings.AWS_REGION,
        endpoint=settings.DYNAMODB_ENDPOINT_URL,
        connections=settings.DYNAMODB_POOL_SIZE,
        attempts=attempts,
    )
    return DynamoDB(config)
