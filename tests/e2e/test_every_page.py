"""Every page, in both languages: light to load, our host alone, translated, and no barrier."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page

from speaktracker.roster.demo_people import name_of
from tests.e2e.accessibility import violations
from tests.e2e.browser import DESKTOP, PASSWORD, PHONE, Windows
from tests.e2e.page_checks import (
    load,
    overflow_of_large_letters,
    read,
    sideways,
    submit_empty,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

FIRST_LOAD = 150_000
OPEN = [
    "/login/",
    "/first/",
    "/password/forgotten/",
    "/password/forgotten/sent/",
    "/password/new/",
    "/nonsense",
]
FORMS = ["/login/", "/first/", "/password/forgotten/", "/password/"]
STAFF = [
    "/admin/realtime/classstay/attendance/",
    "/admin/roster/loan/add/",
    "/admin/realtime/sentencelist/1/change/",
]
SIGNED_IN = ["/password/", "/password/changed/"]
SMALLEST = {"width": 320, "height": 640}
PEOPLE = {name_of(number) for number in range(1, 200)}
# Names, keys and codes, which are the same in every language.
NAMES = re.compile(
    r"SpeakTracker|[\w.]+@example\.com|\{\w+\}|https?(?:://\S*)?|\b[A-Z0-9]{5}-[A-Z0-9]{5}\b"
    r"|(?<![A-Za-z])(?:Ctrl|Enter|Shift|Alt|Tab|Esc)(?![A-Za-z])"
    rf"|Chrome|Google|Edge|Safari|Firefox|{'|'.join(PEOPLE)}"
)
WORDS = {"ko": re.compile(r"[A-Za-z]{2,}"), "en": re.compile(r"[\uac00-\ud7a3]+")}
# Words of those who build it: whoever teaches or practises need not know them.
JARGON = {
    "ko": re.compile(
        r"소켓|토큰|세션|서버|캐시|쿠키|프록시|데이터베이스|대기열|스냅샷|페이로드|렌더|인스턴스|디버그"
    ),
    "en": re.compile(
        r"\b(?:socket|token|server|cache|cookies?|proxy|database|queue|snapshot|payload|tts|json|null"
        r"|undefined|instance|debug|timeout)\b",
        re.IGNORECASE,
    ),
}


async def is_fit_to_read(page: Page, lang: str) -> None:
    """Fail with every text of the page that its reader could not read."""
    texts = [(where, NAMES.sub("", text)) for where, text in await read(page)]
    foreign = [(where, text) for where, text in texts if WORDS[lang].search(text)]
    assert not foreign, f"{page.url} has words that are not {lang}: {foreign}"
    jargon = [(where, text) for where, text in texts if JARGON[lang].search(text)]
    assert not jargon, f"{page.url} has words that nobody has explained: {jargon}"


# In which light a page is looked at in one language, and which in the other.
LIGHT = {
    "ko": [("light", "none", PHONE), ("dark", "none", DESKTOP)],
    "en": [("light", "active", DESKTOP)],
}


async def has_no_barrier(page: Page, lang: str) -> None:
    """Fail with what axe-core finds in light, dark or forced colours, and with a page too wide."""
    for scheme, colours, size in LIGHT[lang]:
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await page.emulate_media(color_scheme=scheme, forced_colors=colours)  # type: ignore[arg-type]
        found = await violations(page)
        assert not found, f"{page.url}, {scheme}, forced colours {colours}: {found}"
    assert await overflow_of_large_letters(page) <= 0, f"{page.url} is too wide at 200 %"
    await page.set_viewport_size({"width": SMALLEST["width"], "height": SMALLEST["height"]})
    assert await sideways(page) <= 0, f"{page.url} scrolls sideways at 320 px"


async def is_right(page: Page, url: str, lang: str) -> None:
    """Load a page and look at all that is asked of every page."""
    loaded = await load(page, url)
    assert loaded.bytes < FIRST_LOAD, f"{url} takes {loaded.bytes} bytes: run `make install`?"
    assert loaded.hosts == {urlsplit(url).netloc}
    await is_fit_to_read(page, lang)
    await has_no_barrier(page, lang)
    if urlsplit(url).path in FORMS and await page.locator("main form").count():
        await submit_empty(page)
        await is_fit_to_read(page, lang)
        assert not await violations(page), f"{url}, with its errors"


@pytest.mark.parametrize("lang", ["ko", "en"])
async def test_the_pages_before_signing_in(windows: Windows, lang: str) -> None:
    page = await windows.open(lang)
    for path in OPEN:
        await is_right(page, f"{windows.server.url}{path}", lang)


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("role", ["student", "tutor"])
async def test_the_pages_of_a(windows: Windows, role: str, lang: str) -> None:
    page = await windows.sign_in(f"{role}22", lang)
    fresh = await page.context.new_page()
    await page.close()
    for path in (f"/{role}/", *SIGNED_IN):
        await is_right(fresh, f"{windows.server.url}{path}", lang)


async def test_pages_of_staff_name_their_fields(windows: Windows) -> None:
    # Django's own selects ask for a style that is refused, and do without it.
    windows.allowed = "inline style"
    page = await windows.open("ko")
    await page.goto(f"{windows.server.url}/admin/login/")
    await page.locator("#id_username").fill("admin@example.com")
    await page.locator("#id_password").fill(PASSWORD)
    await page.locator("#id_password").press("Enter")
    await page.wait_for_url("**/admin/")
    for path in STAFF:
        await page.goto(f"{windows.server.url}{path}")
        assert page.url.endswith(path)
        assert not await violations(page), path
        assert await sideways(page) <= 0, path
