"""What describes itself is valid to the tools of those who made the formats."""

import json
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from openapi_spec_validator import validate
from openapi_spec_validator.readers import read_from_filename
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from tests.client.node import NODE, installed

PARSE = Path(__file__).with_name("parse_asyncapi.mjs")


def parsed(document: object) -> str:
    """Give a document to AsyncAPI's parser; answers `valid`, or a line for each thing wrong."""
    parser = installed("@asyncapi/parser/cjs/index.js")
    done = subprocess.run(
        [NODE, str(PARSE), parser],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.stdout.strip() + done.stderr


def test_the_socket_is_described_as_asyncapi_wants_it(client: Client) -> None:
    document = client.get("/api/asyncapi.json").json()
    assert parsed(document) == "valid"
    del next(iter(document["operations"].values()))["action"]
    assert "action" in parsed(document)


def test_the_api_is_described_as_openapi_wants_it(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    call_command("spectacular", f"--file={file}")
    document, address = read_from_filename(str(file))
    validate(document, base_uri=address)
    del document["info"]["title"]
    with pytest.raises(OpenAPIValidationError):
        validate(document, base_uri=address)
