"""The student's page: what counts, help, feedback nobody misses, the voice, two tabs."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, Route, WebSocket, WebSocketRoute, expect

from tests.e2e.accessibility import violations
from tests.e2e.browser import (
    DEADLINE_MS,
    PASSWORD,
    PHONE,
    Windows,
    card,
    do_first_sentence,
    is_live,
)
from tests.patient_clients import http_client

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]
# What the keyboard leaves of a phone.
OVER_THE_KEYBOARD = {"width": 360, "height": 400}
# A recogniser the test speaks for: `heard.say("…")`, `heard.fail("network")`.
RECOGNISER = """
  window.SpeechRecognition = class {
    constructor() { window.heard = this; }
    start() { setTimeout(() => this.onstart?.()); }
    stop() { this.onend(); }
    abort() {}
    say(words) {
      this.onresult({ results: [Object.assign([{ transcript: words }], { isFinal: true })] });
      this.onend();
    }
    fail(error) { this.onerror({ error }); this.onend(); }
  };
"""
NO_RECOGNISER = "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;"
VIBRATES = "navigator.vibrate = (ms) => { document.documentElement.dataset.vibrated = ms; };"
REFUSES = """HTMLMediaElement.prototype.play = () =>
  Promise.reject(new DOMException("no", "NotAllowedError"));"""


class Sockets:
    """The way to the server, which the test may cut."""

    def __init__(self) -> None:
        self.are_refused = False
        self._open: list[WebSocketRoute] = []

    async def take(self, socket: WebSocketRoute) -> None:
        if self.are_refused:
            await socket.close()
        else:
            socket.connect_to_server()
            self._open.append(socket)

    async def cut(self) -> None:
        self.are_refused = True
        for socket in self._open:
            await socket.close()


class Tutor:
    """A tutor who answers over the API, and reads how far their feedback came."""

    def __init__(self, windows: Windows, number: int) -> None:
        self.url = windows.server.url
        self.number = number

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        async with http_client(base_url=self.url) as client:
            who = {"email": f"tutor{self.number}@example.com", "password": PASSWORD}
            token = (await client.post("/api/auth/token", json=who)).json()["access"]
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.request(method, path, headers=headers, json=body or None)
            assert answer.is_success, answer.text
            return answer.json() if answer.content else None

    async def give(self, message: str, **more: Any) -> None:
        student = f"student{self.number}@example.com"
        body = {"student_email": student, "session_id": "s", "message_type": "text", **more}
        await self.ask("POST", "/api/tutor/feedback", message=message, **body)

    async def state(self, message: str) -> str:
        found = (await self.ask("GET", "/api/tutor/feedback"))["results"]
        return str(next(each["state"] for each in found if each["message"] == message))

    async def reads_seen(self, message: str) -> None:
        for _ in range(DEADLINE_MS // 100):
            if await self.state(message) == "seen":
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"nobody said that {message!r} was seen")


async def student(windows: Windows, number: int, script: str = "", size: Any = PHONE) -> Page:
    """Open a student's page, with a browser as `script` makes it, and start to practise."""
    page = await windows.open(size=size)
    if script:
        await page.add_init_script(script)
    await windows.sign_in_on(page, f"student{number}", windows.server.url)
    await page.get_by_role("button", name="Start").click()
    return page


async def test_the_same_wrong_words_are_no_progress_and_right_ones_are(windows: Windows) -> None:
    practice = await student(windows, 14)
    typed, match = practice.locator("#typed"), practice.locator("#match")
    for _ in range(3):
        await typed.fill("the same wrong words")
        await practice.keyboard.press("Enter")
    await expect(practice.locator("#place")).to_have_text("Sentence 1 of 10")
    await expect(practice.locator("#percent")).to_have_text("0%")
    await typed.fill("helo how ARE you")
    await expect(match).to_have_text("4 of 5 words")
    await expect(practice.locator("#sentence .right")).to_have_text(["how", "are", "you"])
    await typed.fill("helo how ARE you today")
    await expect(match).to_have_attribute("data-enough", "yes")
    await practice.keyboard.press("Enter")
    await expect(practice.locator("#place")).to_have_text("Sentence 2 of 10")
    await expect(practice.locator("#percent")).to_have_text("10%")


async def test_going_on_without_a_word_skips_and_the_summary_says_so(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor14")
    practice, sent = await windows.open(size=PHONE), list[str]()

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(str(frame)))

    practice.on("websocket", listen)
    await windows.sign_in_on(practice, "student14", windows.server.url)
    await practice.get_by_role("button", name="Start").click()
    await do_first_sentence(practice)
    await practice.get_by_role("button", name="Skip").click()
    await practice.get_by_role("button", name="Pause").click()
    await practice.get_by_role("button", name="Go on").click()
    await practice.get_by_role("button", name="Finish").click()
    await expect(card(dashboard, "student14")).to_have_attribute("data-status", "finished")
    await expect(card(dashboard, "student14").locator(".percent")).to_have_text("10%")
    assert '"skipped":1' in str(sent)
    await expect(practice.locator("#summary-title")).to_have_text("You did 1 of 10 sentences.")
    await expect(practice.locator("#summary-title")).to_be_focused()
    await expect(practice.locator("#summary-skipped")).to_have_text("1")
    assert await violations(practice) == []


async def test_help_is_asked_seen_and_answered_and_survives_a_reload(windows: Windows) -> None:
    tutor, practice = Tutor(windows, 15), await student(windows, 15)
    shown = practice.locator("#help")
    await practice.locator("#help-note").fill("the third word")
    await practice.get_by_role("link", name="한국어").click()
    await practice.get_by_role("link", name="English").click()
    await expect(practice.locator("#help-note")).to_have_value("the third word")
    await practice.get_by_role("button", name="Ask your tutor").click()
    await expect(shown).to_have_attribute("data-help", "asked")
    await practice.reload()
    await expect(shown).to_have_attribute("data-help", "asked")
    await tutor.ask("POST", "/api/tutor/help/seen", student_email="student15@example.com")
    await expect(shown).to_have_attribute("data-help", "seen")
    assert await violations(practice) == []
    await practice.get_by_role("button", name="I no longer need help").click()
    await expect(shown).to_have_attribute("data-help", "none")
    await practice.get_by_role("button", name="Ask your tutor").click()
    await expect(shown).to_have_attribute("data-help", "asked")
    await tutor.give("The third word is short")
    await expect(shown).to_have_attribute("data-help", "answered")


async def test_help_asked_without_a_network_goes_out_when_it_is_back(windows: Windows) -> None:
    practice, sockets = await windows.open(size=PHONE), Sockets()
    await practice.route_web_socket(re.compile("/ws/"), sockets.take)
    await windows.sign_in_on(practice, "student17", windows.server.url)
    await practice.get_by_role("button", name="Start").click()
    await sockets.cut()
    await practice.get_by_role("button", name="Ask your tutor").click()
    await expect(practice.locator("#help-state")).to_contain_text("No connection")
    await expect(practice.locator("#help")).to_have_attribute("data-help", "none")
    sockets.are_refused = False
    await expect(practice.locator("#help")).to_have_attribute("data-help", "asked")
    await practice.get_by_role("button", name="I no longer need help").click()
    await expect(practice.locator("#help")).to_have_attribute("data-help", "none")


async def test_new_feedback_cannot_be_missed_over_the_keyboard(windows: Windows) -> None:
    tutor = Tutor(windows, 37)
    practice = await student(windows, 37, VIBRATES, OVER_THE_KEYBOARD)
    await practice.emulate_media(reduced_motion="reduce")
    await practice.locator("#typed").click()
    await tutor.give("Mind the th")
    toast = practice.locator("#toast")
    await expect(toast).to_contain_text("Mind the th")
    box = await toast.bounding_box()
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= OVER_THE_KEYBOARD["height"]
    await expect(practice).to_have_title(re.compile(r"^\(1\) "))
    await expect(practice.locator("html")).to_have_attribute("data-vibrated", "120,60,120")
    assert await violations(practice) == []
    assert await tutor.state("Mind the th") == "delivered"
    await tutor.give("And the r")
    await expect(practice.locator("#toast-more")).to_have_text("1 more")
    await toast.get_by_role("button", name="Show").click()
    await expect(practice).to_have_title(re.compile("^Practice"))
    await expect(toast).to_be_hidden()
    await expect(practice.locator("#feedback .from").first).not_to_contain_text("@")
    await tutor.reads_seen("And the r")


async def test_feedback_in_a_hidden_window_is_not_seen_before_it_is(windows: Windows) -> None:
    tutor, practice = (
        Tutor(windows, 38),
        await student(windows, 38, size={"width": 1280, "height": 1200}),
    )
    await practice.evaluate("""() => {
      Object.defineProperty(document, "visibilityState", { get: () => window.shows ?? "hidden" });
    }""")
    await tutor.give("Behind another window")
    await expect(practice).to_have_title(re.compile(r"^\(1\) "))
    assert await tutor.state("Behind another window") == "delivered"
    await practice.evaluate("""() => {
      window.shows = "visible";
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    await expect(practice).to_have_title(re.compile("^Practice"))
    await tutor.reads_seen("Behind another window")


async def test_sound_that_is_refused_or_broken_is_said_in_words(windows: Windows) -> None:
    tutor, practice = Tutor(windows, 17), await student(windows, 17, REFUSES)
    await practice.route("https://**", _is_broken)
    address = "https://audio.example.com/one.mp3"
    await tutor.give("Recorded", message_type="tts", audio_url=address)
    item = practice.locator("#feedback li").first
    await expect(item.locator(".trouble-text")).to_contain_text("Press the play button")
    await item.locator("audio").evaluate(
        "audio => audio.load() || audio.dispatchEvent(new Event('error'))"
    )
    await expect(item.locator(".trouble-text")).to_have_text("The recording could not be played.")
    await expect(item.get_by_role("link")).to_have_attribute("href", address)
    await expect(item.get_by_role("button", name="Load it again")).to_be_visible()
    assert await violations(practice) == []


async def _is_broken(route: Route) -> None:
    await route.fulfill(status=404)


async def test_a_spoken_sentence_counts_and_what_fails_is_said_in_words(windows: Windows) -> None:
    practice = await student(windows, 39, RECOGNISER)
    await practice.get_by_role("button", name="Speak the sentence").click()
    await expect(practice.locator("#voice-notice")).to_contain_text("neither records nor sends")
    assert await violations(practice) == []
    await practice.get_by_role("button", name="All right, listen").click()
    await expect(practice.locator("#speak")).to_have_attribute("aria-pressed", "true")
    await practice.evaluate("heard.say('Hello how are you today')")
    await expect(practice.locator("#typed")).to_have_value("Hello how are you today")
    await practice.get_by_role("button", name="Next sentence").click()
    for error, words in {"network": "internet", "not-allowed": "not allowed"}.items():
        await practice.get_by_role("button", name="Speak the sentence").click()
        await practice.evaluate("error => heard.fail(error)", error)
        await expect(practice.locator("#voice-said")).to_contain_text(words)


async def test_without_recognition_the_microphone_is_a_sign_of_life(windows: Windows) -> None:
    practice = await student(windows, 40, NO_RECOGNISER)
    await practice.get_by_role("button", name="Turn the microphone on").click()
    await expect(practice.locator("#voice-said")).to_contain_text("nothing is recorded or sent")
    await expect(practice.locator("#level")).not_to_have_js_property("value", 0)
    await practice.clock.install()
    await practice.clock.run_for(120_000)
    await expect(practice.locator("#status")).to_have_text("Practising")
    await practice.get_by_role("button", name="Stop listening").click()
    await expect(practice.locator("#level")).to_be_hidden()
    await practice.clock.run_for(61_000)
    await expect(practice.locator("#status")).to_have_text("Waiting for you")


async def test_two_tabs_know_of_each_other_and_closing_loses_nothing(windows: Windows) -> None:
    first = await student(windows, 41)
    await do_first_sentence(first)
    await first.locator("#typed").fill("I usually")
    second = await first.context.new_page()
    await second.goto(f"{windows.server.url}/student/")
    await is_live(second)
    await expect(second.locator("#elsewhere")).to_be_visible()
    await expect(second.locator("#typed")).to_be_disabled()
    assert await violations(second) == []
    await second.get_by_role("button", name="Practise here instead").click()
    await expect(second.locator("#typed")).to_have_value("I usually")
    await expect(first.locator("#elsewhere")).to_be_visible()
    await second.close(run_before_unload=True)
    await expect(first.locator("#elsewhere")).to_be_hidden()
    await expect(first.locator("#typed")).to_have_value("I usually")
    await first.close()
    third = await first.context.new_page()
    await third.goto(f"{windows.server.url}/student/")
    await expect(third.locator("#typed")).to_have_value("I usually")
    await expect(third.locator("#place")).to_have_text("Sentence 2 of 10")
