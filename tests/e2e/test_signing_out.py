"""Signing out, as people at shared computers need it; and tokens, as other apps use them."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import PASSWORD, Windows, is_live

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

# Keeps a client connected with tokens for a moment; says how often tokens were asked for.
CLIENT = """async ([token, email, password]) => {
  const { ClassroomClient } = await import("/static/realtime/client/client.js");
  const { KeptSignIn } = await import("/static/realtime/client/kept_sign_in.js");
  const post = (path, body) => fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const { refresh } = await (await post("/api/auth/token", { email, password })).json();
  let kept = { refresh };
  const save = async (state) => { kept = state; };
  const signIn = new KeptSignIn({ load: async () => kept, save });
  let [asked, connects] = [0, 0];
  const give = async () => { asked += 1; return token || signIn.token(); };
  const client = new ClassroomClient({ token: give });
  const connected = new Promise((done) => {
    client.addEventListener("connection_success", () => { connects += 1; done(); });
  });
  client.connect();
  await connected;
  await new Promise((done) => setTimeout(done, 2000));
  client.close();
  const again = await post("/api/auth/token/refresh", { refresh: kept.refresh });
  return { asked, connects, refreshed: again.status };
}"""


async def is_signed_out(page: Page) -> None:
    await expect(page.get_by_role("alert")).to_contain_text("You are signed out")


async def test_every_window_of_a_session_ends_with_it(windows: Windows) -> None:
    first = await windows.sign_in("student28")
    second = await first.context.new_page()
    await second.goto(first.url)
    elsewhere = await windows.sign_in("student28")
    await is_live(second)
    await first.get_by_role("button", name="Sign out", exact=True).click()
    await is_signed_out(second)
    await expect(elsewhere.locator("#connection")).to_have_attribute("data-state", "open")


@pytest.mark.parametrize("who", ["student29", "tutor29"])
async def test_signing_out_everywhere_ends_every_device(windows: Windows, who: str) -> None:
    here, elsewhere = await windows.sign_in(who), await windows.sign_in(who)
    await here.get_by_role("button", name="Sign out everywhere").click()
    await expect(here.locator("[name=username]")).to_be_visible()
    await is_signed_out(elsewhere)
    await elsewhere.goto(f"{windows.server.url}/")
    await expect(elsewhere.locator("[name=username]")).to_be_visible()


async def test_a_token_of_thirty_days_is_asked_for_once(windows: Windows) -> None:
    token = windows.server.manage("shell", "-c", _THIRTY_DAYS).strip().rpartition("\n")[2]
    page = await windows.open()
    await page.goto(f"{windows.server.url}/login/")
    found = await page.evaluate(CLIENT, [token, "student30@example.com", PASSWORD])
    assert found == {"asked": 1, "connects": 1, "refreshed": 200}


async def test_an_app_stays_signed_in_with_tokens_that_rotate(windows: Windows) -> None:
    page = await windows.open()
    await page.goto(f"{windows.server.url}/login/")
    found = await page.evaluate(CLIENT, ["", "student31@example.com", PASSWORD])
    assert found == {"asked": 1, "connects": 1, "refreshed": 200}


_THIRTY_DAYS = """
import time
from speaktracker.auth import tokens
from speaktracker.roster.models import User
now = int(time.time())
person = User.objects.get(email="student30@example.com")
print(tokens.sign(person, "access", (now, now + 30 * 86_400)))
"""
