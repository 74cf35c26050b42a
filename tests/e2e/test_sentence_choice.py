"""The lists on a student's page: chosen, kept in their places, changed meanwhile, and heard."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.accessibility import violations
from tests.e2e.browser import PHONE, Windows, card, do_first_sentence

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]
# A voice that says nothing, and notes what it was asked to.
VOICE = """
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, "speechSynthesis", { value: {
    cancel() {},
    speak(utterance) {
      document.documentElement.dataset.said = `${utterance.lang} ${utterance.text}`;
      setTimeout(() => utterance.onend());
    },
  } });
"""
PEOPLE = """
from realtime.models import *
from realtime.sentences.services import copy_list
from speaktracker.roster.models import User
student = User.objects.get(email="student20@example.com")
def give(made):
    SentenceAssignment.objects.create(sentence_list=made, given_to="student", student=student)
"""
BEFORE = f"""{PEOPLE}
give(copy_list(SentenceList.objects.get(title="영어 첫걸음")))
"""
MEANWHILE = f"""{PEOPLE}
Sentence.objects.filter(sentence_list__title="영어 첫걸음 (사본)", position__in=(1, 3)).delete()
made = SentenceList.objects.create(title="한국어 인사", language="ko")
give(made)
both = {{"sentence_list": made, "translation": "Once more, please."}}
audio = "https://audio.example.com/one.mp3"
Sentence.objects.create(**both, text="다시 한번 말씀해 주세요.", audio_url=audio)
Sentence.objects.create(**both, text="안녕히 가세요.")
"""


async def shows(page: Page, place: str, status: str) -> None:
    """Wait until the practice stands there, with that status."""
    await expect(page.locator("#place")).to_have_text(place)
    await expect(page.locator("#status")).to_have_text(status)


async def test_each_list_keeps_its_place_and_a_change_disturbs_nobody(windows: Windows) -> None:
    windows.server.manage("shell", "-c", BEFORE)
    page = await windows.open(size=PHONE)
    await page.add_init_script(VOICE)
    await windows.sign_in_on(page, "student20", windows.server.url)
    await page.get_by_role("button", name="Start").click()
    await do_first_sentence(page)
    await shows(page, "Sentence 2 of 10", "Practising")
    assert await violations(page) == []

    choice = page.get_by_label("Sentence list")
    await choice.select_option("여행 영어 (8 sentences)")
    await shows(page, "Sentence 1 of 8", "Not started")
    await page.get_by_role("button", name="Start").click()
    await page.locator("#typed").fill("which gate does my flight leave from")
    await page.get_by_role("button", name="Next sentence").click()
    await page.reload()
    await shows(page, "Sentence 2 of 8", "Practising")

    await choice.select_option("영어 첫걸음 (사본) (10 sentences)")
    await shows(page, "Sentence 2 of 10", "Paused")
    await page.get_by_role("button", name="Go on").click()
    dashboard = await windows.sign_in("tutor20")
    await expect(card(dashboard, "student20").locator(".percent")).to_have_text("10%")

    windows.server.manage("shell", "-c", MEANWHILE)
    await page.locator("#typed").fill("I usually")
    await shows(page, "Sentence 2 of 10", "Practising")
    await page.reload()
    await shows(page, "Sentence 1 of 8", "Practising")
    await expect(page.locator("#typed")).to_have_value("I usually")
    await expect(page.locator("#sentence")).to_have_text(
        "I usually get up at seven in the morning."
    )

    await hears_korean(page)


async def hears_korean(page: Page) -> None:
    """Choose the Korean list that was given meanwhile, listen to it and practise it."""
    await page.get_by_label("Sentence list").select_option("한국어 인사 (2 sentences)")
    await expect(page.locator("#sentence")).to_have_attribute("lang", "ko")
    await page.route("https://**", lambda route: route.fulfill(status=404))
    await page.get_by_role("button", name="Listen to the sentence").click()
    await expect(page.locator("#sound-said")).to_have_text("The recording could not be played.")
    said = "ko-KR 다시 한번 말씀해 주세요."
    await expect(page.locator("html")).to_have_attribute("data-said", said)
    await page.get_by_role("button", name="Start").click()
    await page.locator("#typed").fill("다시한번 말씀해주세요")
    await expect(page.locator("#match")).to_have_attribute("data-enough", "yes")
    assert await violations(page) == []
