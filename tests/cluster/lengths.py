"""Each judgement in two lengths: short in `make test`, full in `make soak`."""

from typing import Any

import pytest


def lengths(short: Any, full: Any, full_seconds: int = 900) -> pytest.MarkDecorator:
    """Run a test with `size` short, and as a soak test with `size` full."""
    soak = [pytest.mark.soak, pytest.mark.timeout(full_seconds)]
    return pytest.mark.parametrize(
        "size",
        [
            pytest.param(short, marks=[pytest.mark.e2e], id="short"),
            pytest.param(full, marks=soak, id="full"),
        ],
    )
