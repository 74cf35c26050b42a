"""What a tutor and a student do in the pictures, found by the hooks that the pages promise."""

from playwright.async_api import Locator, Page, expect

from tests.e2e.browser import is_live
from tests.pictures.film import Film

STUDENT = "student1@example.com"
CARD = f'[data-student="{STUDENT}"]'
COMPOSER = f'[data-composer-for="{STUDENT}"] textarea'
WORDS = {
    "en": (
        "Does my voice go up at the end?",
        "Down, like this: how ARE you today? You are doing well!",
    ),
    "ko": ("문장 끝을 올려서 말하나요?", "끝은 내려서 말해요. 지금 아주 잘하고 있어요!"),
}
A_WHILE = 1_800
A_MOMENT = 90


async def practises(practice: Page) -> None:
    """Begin, and say half of the first sentence."""
    await practice.locator("#start").click()
    await practice.locator("#typed").press_sequentially("Hello, how are")


async def chooses(dashboard: Page) -> Locator:
    """Open the student's card; answers the field that feedback is written into."""
    composer = dashboard.locator(COMPOSER)
    if not await composer.is_visible():
        await dashboard.locator(CARD).get_by_role("button").first.click()
    await expect(composer).to_be_visible()
    return composer


async def gives(dashboard: Page, words: str) -> None:
    """Write feedback and send it."""
    composer = await chooses(dashboard)
    await composer.fill(words)
    await composer.press("Control+Enter")


async def asks(practice: Page, note: str) -> None:
    """Ask for help, with a note where there is a field for one."""
    control = practice.locator("[data-help]").first
    fields = control.locator("input:visible, textarea:visible")
    if await fields.count():
        await fields.first.fill(note)
    buttons = control.locator("button:visible")
    await (buttons.first if await buttons.count() else control).click()
    await expect(practice.locator('[data-help="asked"], [data-help="seen"]')).to_have_count(1)


async def takes_the_hand_off(dashboard: Page) -> None:
    """Leave the list alone, which holds still under a hand; who asks comes first then."""
    await dashboard.mouse.move(0, 0)
    await dashboard.evaluate("document.activeElement?.blur()")
    first = dashboard.locator("[data-student]:visible").first
    await expect(first).to_have_attribute("data-student", STUDENT)


async def film_a_question(film: Film, practice: Page, dashboard: Page, lang: str) -> None:
    """Film how a student asks for help, and how their tutor sees it and answers."""
    question, answer = WORDS[lang]
    await is_live(dashboard)
    await practice.locator("#start").click()
    for letters in ("Hello", ", how", " are"):
        await practice.locator("#typed").press_sequentially(letters)
        await film.take(A_MOMENT * 4)
    await film.take(A_WHILE)
    await asks(practice, question)
    await expect(dashboard.locator(f'{CARD}[data-attention="help"]')).to_be_visible()
    await film.take(A_WHILE)
    composer = await chooses(dashboard)
    await film.take(A_WHILE)
    for word in answer.split(" "):
        await composer.press_sequentially(f"{word} ")
        await film.take(A_MOMENT)
    await film.take(A_WHILE // 2)
    await composer.press("Control+Enter")
    await expect(practice.get_by_text(answer).first).to_be_visible()
    await expect(practice.locator('[data-help="answered"], [data-help="none"]')).to_have_count(1)
    await expect(dashboard.locator(f'{CARD}[data-attention="help"]')).to_have_count(0)
    await film.take(2 * A_WHILE)
