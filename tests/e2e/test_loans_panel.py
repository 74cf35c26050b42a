"""A tutor lends their students on the dashboard; the substitute sees whose they are."""

import pytest
from playwright.async_api import expect

from tests.e2e.accessibility import violations
from tests.e2e.browser import DESKTOP, PHONE, Windows, choose, give, shows_sent
from tests.e2e.page_checks import sideways

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]
SUBSTITUTE = "tutor21@example.com"


async def test_a_substitute_has_the_class_until_it_is_taken_back(windows: Windows) -> None:
    page, theirs = await windows.sign_in("tutor19"), await windows.sign_in("tutor21")
    await page.locator("#loans > summary").click()
    await page.get_by_label("E-mail address of the substitute").fill("nobody@example.com")
    await page.get_by_role("button", name="Lend", exact=True).click()
    await expect(page.locator("#loan-fault")).to_have_text(
        "No tutor who may sign in has this address."
    )
    await page.get_by_label("E-mail address of the substitute").fill(SUBSTITUTE)
    await page.get_by_label("Who is lent").select_option("some")
    await page.locator("#loan-names").get_by_role("checkbox").check()
    await page.get_by_role("button", name="Lend", exact=True).click()
    await expect(page.locator("#loan-list li")).to_have_count(1)

    lent = theirs.locator('[data-student="student19@example.com"]')
    await theirs.locator("#offline-fold").evaluate("fold => (fold.open = true)")
    await expect(lent.locator(".lent")).to_contain_text("today")
    await choose(theirs, "student19")
    await give(theirs, "Well said")
    await shows_sent(theirs, "Well said", "Waiting until the student is online")
    await page.locator("#offline-fold").evaluate("fold => (fold.open = true)")
    await choose(page, "student19")
    await expect(page.locator("#sent .kind")).to_contain_text("by ")

    for each in (page, theirs):
        assert not await violations(each)
        await each.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        assert await sideways(each) <= 0
        await each.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
    await page.reload()
    await page.locator("#loans > summary").click()
    await page.get_by_role("button", name="End now").click()
    await expect(lent).to_have_count(0)
