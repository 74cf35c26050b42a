"""What a tutor reads beside feedback is no more than is known: the network may be gone."""

import pytest
from playwright.async_api import Page, expect

from tests.cluster.cut import Cable
from tests.e2e.browser import Windows, card, choose, give, is_live, shows_feedback, shows_sent

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

# A student's app that acknowledges when the test says so, not by itself.
APP = """() => new Promise((ready) => {
  window.received = [];
  window.app = new WebSocket(`ws://${location.host}/ws/?acks=1`);
  app.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "connection_success") ready();
    if (frame.type === "feedback") received.push(frame.message_id);
  };
})"""
ACKNOWLEDGE = """(state) => app.send(JSON.stringify({
  type: "feedback_ack", state, message_ids: received,
}))"""
WORDS = {"en": ["Sent", "Delivered", "Seen"], "ko": ["보냄", "전달됨", "확인함"]}


async def opens_app(windows: Windows, who: str) -> Page:
    page = await windows.sign_in(who)
    await page.goto(f"{windows.server.url}/password/")
    await page.evaluate(APP)
    return page


async def test_feedback_to_a_student_whose_network_died_silently_is_only_sent(
    windows: Windows,
) -> None:
    cable = Cable(windows.server.port)
    await cable.start()
    dashboard, practice = await windows.sign_in("tutor27"), await windows.open()
    await windows.sign_in_on(practice, "student27", f"http://127.0.0.1:{cable.port}")
    await choose(dashboard, "student27")
    cable.freeze()
    await give(dashboard, "Can you hear me?")
    await shows_sent(dashboard, "Can you hear me?", "Sent")
    cable.thaw()
    await shows_sent(dashboard, "Can you hear me?", "Seen")
    await shows_feedback(practice, "Can you hear me?")
    await cable.close()


async def test_what_a_client_acknowledged_is_delivered(windows: Windows) -> None:
    app = await opens_app(windows, "student25")
    dashboards = [await windows.sign_in("tutor25", lang) for lang in WORDS]
    for dashboard in dashboards:
        await choose(dashboard, "student25")
    await give(dashboards[0], "Acknowledged")
    for step, state in enumerate(("", "delivered", "seen")):
        if state:
            await app.evaluate(ACKNOWLEDGE, state)
        for dashboard, words in zip(dashboards, WORDS.values(), strict=True):
            await shows_sent(dashboard, "Acknowledged", words[step])


async def test_what_was_acknowledged_while_the_tutor_was_away_is_shown_afterwards(
    windows: Windows,
) -> None:
    app = await opens_app(windows, "student26")
    dashboard = await windows.sign_in("tutor26")
    await choose(dashboard, "student26")
    await give(dashboard, "While you were out")
    await shows_sent(dashboard, "While you were out", "Sent")
    for offline in (True, False):
        await dashboard.context.set_offline(offline)
        await dashboard.evaluate("dispatchEvent(new Event('offline'))")
        await app.evaluate(ACKNOWLEDGE, "delivered")
    await is_live(dashboard)
    await shows_sent(dashboard, "While you were out", "Delivered")


async def test_a_dashboard_whose_network_died_silently_says_so_and_is_right_afterwards(
    windows: Windows,
) -> None:
    cable = Cable(windows.server.port)
    await cable.start()
    practice, dashboard = await windows.sign_in("student23"), await windows.open()
    await windows.sign_in_on(dashboard, "tutor23", f"http://127.0.0.1:{cable.port}")
    await choose(dashboard, "student23")
    await dashboard.get_by_label("Message").fill("Half a")
    cable.freeze()
    await expect(dashboard.locator("#connection-text")).to_contain_text("Stale since")
    await expect(card(dashboard, "student23")).to_have_attribute("data-stale", "true")
    await practice.get_by_role("button", name="Start").click()
    cable.thaw()
    await expect(card(dashboard, "student23")).to_have_attribute("data-status", "studying")
    await is_live(dashboard)
    await expect(card(dashboard, "student23")).to_have_attribute("data-stale", "false")
    await expect(dashboard.get_by_label("Message")).to_have_value("Half a")
    await cable.close()


ASK = """() => app.send(JSON.stringify({ type: "help", action: "ask", note: "Which word?" }))"""
KEEP_STATES = """() => {
  window.states = [];
  app.addEventListener("message", ({ data }) => {
    const { type, state } = JSON.parse(data);
    if (type === "help") states.push(state);
  });
}"""
STATES = """(wanted) => new Promise((ready) => {
  const look = () => states.join() === wanted && ready();
  app.addEventListener("message", look);
  look();
})"""


async def test_a_question_is_seen_when_it_is_opened_and_answered_by_feedback(
    windows: Windows,
) -> None:
    app, dashboard = await opens_app(windows, "student24"), await windows.sign_in("tutor24")
    await app.evaluate(KEEP_STATES)
    await app.evaluate(ASK)
    asking = card(dashboard, "student24")
    await expect(asking).to_have_attribute("data-attention", "help")
    await expect(asking.locator(".note")).to_contain_text("Which word?")
    await expect(dashboard).to_have_title("(1) Dashboard · SpeakTracker")
    await choose(dashboard, "student24")
    await app.evaluate(STATES, "asked,seen")
    await give(dashboard, "The second one")
    await app.evaluate(STATES, "asked,seen,answered")
    await expect(asking).to_have_attribute("data-attention", "none")
    await expect(dashboard).to_have_title("Dashboard · SpeakTracker")
