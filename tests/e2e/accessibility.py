"""axe-core on a page as it is shown now."""

from functools import cache
from pathlib import Path

from playwright.async_api import Page

from tests.client.node import installed

RUN = """async () => (await axe.run({ resultTypes: ["violations"] })).violations
  .map(({ id, nodes }) => [id, ...nodes.map((node) => `${node.target} ${node.failureSummary}`)])
  .map((lines) => lines.join("\\n"))"""


@cache
def axe_core() -> str:
    """Read the library, once."""
    return Path(installed("axe-core/axe.min.js")).read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """List what axe-core finds wrong, with the elements."""
    await page.evaluate(f"{axe_core()};0")  # no answer: the library itself cannot be sent back
    found: list[str] = await page.evaluate(RUN)
    return found
