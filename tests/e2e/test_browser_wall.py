"""The browser as the last wall: nothing runs that we did not write, and no other origin gets in."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser import DEADLINE_MS, PASSWORD, is_live
from tests.e2e.https_site import PAYLOAD, HttpsSite, https_site

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

WATCH = """document.addEventListener("securitypolicyviolation", (event) => console.error(
  "REFUSED", event.effectiveDirective, event.blockedURI, event.sourceFile, event.sample));"""
# Answers that are refusals show so as well, and what a page that was left had not finished. What a
# policy stops has a line of its own.
QUIET = re.compile(
    r"Failed to load resource: (the server responded with a status of (4..|503)|net::ERR_)"
    r"|WebSocket connection to .* failed"
)
REPORT = """async ([status, session_id, current_sentence]) => {
  const { ClassroomClient } = await import("/static/realtime/client/client.js");
  const client = new ClassroomClient();
  const opened = new Promise((done) => client.addEventListener("connection_success", done));
  client.connect();
  await opened;
  const answer = await client.request({ type: "status", status, session_id, current_sentence });
  client.close();
  return answer.type;
}"""
CALL = """async ([url, method, headers, body, credentials]) => {
  try {
    const answer = await fetch(url, { method, headers, credentials,
      body: body === null ? undefined : JSON.stringify(body) });
    const [wait, text] = [answer.headers.get("Retry-After"), await answer.text()];
    return { status: answer.status, wait, text };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}"""
JSON = {"Content-Type": "application/json"}


class Walker:
    """A window that keeps all that the browser complains of, with the page where it did."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.trouble: list[str] = []
        page.on("pageerror", lambda error: self._keep(f"ERROR {error}"))
        page.on("console", lambda said: self._keep(said.text) if said.type == "error" else None)
        page.on("dialog", lambda dialog: self._keep(f"DIALOG {dialog.message}"))

    async def visit(self, url: str) -> None:
        await self.page.goto(url)
        assert not await self.page.locator("img[src=x]").count(), url

    def _keep(self, said: str) -> None:
        if not QUIET.match(said):
            self.trouble.append(f"{urlsplit(self.page.url).path}: {said}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HttpsSite]:
    async with https_site(tmp_path_factory.mktemp("https")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    opened = await browser.new_context(ignore_https_errors=True, locale="en")
    opened.set_default_timeout(DEADLINE_MS)
    await opened.add_init_script(WATCH)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def walker(context: BrowserContext) -> AsyncIterator[Walker]:
    walking = Walker(await context.new_page())
    yield walking
    assert not walking.trouble


async def signs_in(page: Page, url: str, who: str, shared: bool = False) -> None:
    await page.goto(url)
    await page.locator("[name=username]").fill(f"{who}@example.com")
    await page.locator("[name=password]").fill(PASSWORD)
    if shared:
        await page.get_by_label("This is a shared computer").check()
    await page.locator("#main button.primary, #login-form [type=submit]").first.click()
    await page.wait_for_url(lambda now: "/login/" not in now)


async def test_a_script_in_a_page_would_be_refused_and_noticed(
    site: HttpsSite, walker: Walker
) -> None:
    await walker.visit(f"{site.url}/login/")
    planted = "(html) => { document.body.innerHTML += html; }"
    async with walker.page.expect_console_message(lambda said: "REFUSED" in said.text):
        await walker.page.evaluate(planted, "<img src=/x onerror=console.error('RAN')>")
    assert any("script-src-attr" in said for said in walker.trouble)
    assert not any(said.endswith("RAN") for said in walker.trouble)
    walker.trouble.clear()


async def test_nothing_runs_on_the_pages_of_students_and_tutors(
    site: HttpsSite, walker: Walker, browser: Browser
) -> None:
    payload = quote(PAYLOAD, safe="")
    for path in (
        f"login/?next=javascript:{payload}",
        "password/forgotten/",
        "first/",
        "ws/",
        "password/forgotten/sent/",
        "password/new/",
        f"nothing/{payload}",
        "api/docs/",
        f"password/new/?token={payload}",
        f"login/?lang={payload}",
    ):
        await walker.visit(f"{site.url}/{path}")
    page = walker.page
    await signs_in(page, f"{site.url}/", "student")
    await is_live(page)
    assert await page.evaluate(REPORT, ["studying", PAYLOAD, PAYLOAD]) == "ack"
    for path in ("password/", "password/changed/", "student/"):
        await walker.visit(f"{site.url}/{path}")
    other = await browser.new_context(ignore_https_errors=True, locale="en")
    await other.add_init_script(WATCH)
    dashboard = Walker(await other.new_page())
    await signs_in(dashboard.page, f"{site.url}/", "tutor")
    await dashboard.visit(f"{site.url}/tutor/#student%40example.com")
    await dashboard.page.get_by_label("Message").fill(PAYLOAD)
    await dashboard.page.get_by_role("button", name="Send feedback").click()
    for shown in (dashboard.page.locator("#sent .message"), page.locator("#feedback .message")):
        await expect(shown.first).to_have_text(PAYLOAD)
    await expect(dashboard.page.locator(".student .now")).to_have_text(PAYLOAD)
    assert not await dashboard.page.locator("img[src=x]").count()
    assert not dashboard.trouble
    await other.close()


@pytest.mark.parametrize("share", [3, pytest.param(1, marks=pytest.mark.soak)])
async def test_nothing_runs_in_the_admin(site: HttpsSite, walker: Walker, share: int) -> None:
    page = walker.page
    await leaves_traces(page, site)
    await signs_in(page, f"{site.url}/admin/login/?next=/admin/", "admin")
    lists = await links(page, r"^/admin/[a-z_]+/[a-z_]+/$")
    assert len(lists) >= 10
    seen: set[str] = set()
    for each in sorted(lists):
        await walker.visit(f"{site.url}{each}?_popup=1&q={quote(PAYLOAD)}")
        await walker.visit(f"{site.url}{each}")
        seen |= await links(page, rf"^{each}.+/change/$|^{each}(add|import|export)/$")
    people = [one.removesuffix("change/") for one in seen if "/user/" in one and "change" in one]
    assert len(people) == 5
    more = {f"{each}{what}/" for each in people for what in ("history", "delete", "password")}
    # In the suite a third of the forms; each list, and whatever is searched, found or imported.
    for each in sorted((seen | more) - {"/admin/roster/tutorstudent/export/"})[::share]:
        await walker.visit(f"{site.url}{each}")
    await imports(walker, site)
    await finds_a_tutor(walker, site)
    await acts_on_people(walker, site)
    await walker.visit(f"{site.url}/admin/")


async def leaves_traces(page: Page, site: HttpsSite) -> None:
    """Have a student practise, and a tutor give feedback, in words that are scripts."""
    await signs_in(page, f"{site.url}/", "student")
    await is_live(page)
    assert await page.evaluate(REPORT, ["studying", PAYLOAD, PAYLOAD]) == "ack"
    known = {"email": "tutor@example.com", "password": PASSWORD}
    signed = await page.evaluate(CALL, [f"{site.url}/api/auth/token", "POST", JSON, known, "omit"])
    bearer = {**JSON, "Authorization": f"Bearer {json.loads(signed['text'])['access']}"}
    feedback = {"student_email": "student@example.com", "session_id": PAYLOAD}
    feedback |= {"message": PAYLOAD, "message_type": "text"}
    path = f"{site.url}/api/tutor/feedback"
    given = await page.evaluate(CALL, [path, "POST", bearer, feedback, "omit"])
    assert given["status"] in (201, 202), given
    await page.context.clear_cookies()


async def links(page: Page, pattern: str) -> set[str]:
    """Return the paths of the links of a page that match."""
    found = await page.locator("a[href]").evaluate_all("all => all.map((one) => one.href)")
    paths = {urlsplit(urljoin(page.url, one)).path for one in found}
    return {path for path in paths if re.search(pattern, path)}


async def imports(walker: Walker, site: HttpsSite) -> None:
    """Have the import page show cells that are scripts."""
    cell = '"' + PAYLOAD.replace('"', '""') + '"'
    file = f"student_email,tutor_email\n{cell},{cell}\nstudent@example.com,{cell}\n"
    await walker.visit(f"{site.url}/admin/roster/tutorstudent/import/")
    upload = {"name": f"{'x'}<img src=x>.csv", "mimeType": "text/csv", "buffer": file.encode()}
    await walker.page.locator("[type=file]").set_input_files(upload)  # type: ignore[arg-type]
    await walker.page.locator("#content [type=submit]").click()
    await expect(walker.page.locator(".roster-fault").first).to_contain_text("<img")
    assert not await walker.page.locator("img[src=x]").count()


async def finds_a_tutor(walker: Walker, site: HttpsSite) -> None:
    """Open the list that a form completes, and change what it belongs to."""
    await walker.visit(f"{site.url}/admin/roster/tutorstudent/")
    await walker.page.locator("#result_list th a").first.click()
    await walker.page.locator(".select2-selection").first.click()
    await expect(walker.page.locator(".select2-results__option").first).to_contain_text("<img")
    assert not await walker.page.locator("img[src=x]").count()


async def acts_on_people(walker: Walker, site: HttpsSite) -> None:
    """Change a person, whose name the message and the log then hold; and print codes."""
    await walker.visit(f"{site.url}/admin/roster/user/")
    page = walker.page
    await page.locator("#result_list th a", has_text="student@").click()
    await page.locator("[name=_continue]").click()
    await expect(page.locator(".messagelist")).to_contain_text("student@example.com")
    for action in ("print_codes", "sign_out_everywhere", "reassign", "delete_selected"):
        await walker.visit(f"{site.url}/admin/roster/user/")
        if not await page.locator(f"[name=action] option[value={action}]").count():
            continue
        row = page.locator("#result_list tr", has_text="student@example.com")
        await row.locator(".action-select").check()
        await page.locator("[name=action]").select_option(action)
        await page.locator("[name=index]").click()
        await page.wait_for_load_state()
        assert not await page.locator("img[src=x]").count(), action


async def test_cookies_are_of_this_host_alone(site: HttpsSite, walker: Walker) -> None:
    old = [
        {"name": name, "value": "ko", "url": site.url, "secure": True}
        for name in ("sessionid", "csrftoken", "django_language", "messages")
    ]
    await walker.page.context.add_cookies(old)  # type: ignore[arg-type]
    await signs_in(walker.page, f"{site.url}/", "student", shared=False)
    await is_live(walker.page)
    cookies = await walker.page.context.cookies()
    assert {one.get("name") for one in cookies} == {
        f"__Host-{name}" for name in ("sessionid", "csrftoken", "django_language")
    }
    assert await walker.page.locator("html").get_attribute("lang") == "ko"


async def test_a_page_of_an_allowed_origin_calls_the_api_with_a_token(
    site: HttpsSite, walker: Walker
) -> None:
    page = walker.page
    await signs_in(page, f"{site.url}/", "student")  # whose cookies must count nothing there
    await page.goto(site.allowed)

    async def call(path: str, body: Any = None, method: str = "", **headers: str) -> Any:
        how = method or ("GET" if body is None else "POST")
        given = {**JSON, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return await page.evaluate(CALL, [site.url + path, how, given, body, "omit"])

    wrong = await call("/api/auth/token", {"email": "tutor2@example.com", "password": "wrong"})
    assert (wrong["status"], "INVALID_CREDENTIALS" in wrong["text"]) == (401, True)
    signed = await call("/api/auth/token", {"email": "tutor2@example.com", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {json.loads(signed['text'])['access']}"}
    feedback = {
        "student_email": "student2@example.com",
        "session_id": "s",
        "message": "hello",
        "message_type": "text",
    }
    given = await call("/api/tutor/feedback", feedback, **bearer, Idempotency_Key="once")
    assert given["status"] in (201, 202)
    assert (await call("/api/tutor/feedback/", **bearer))["status"] == 200
    statuses = [
        (await call(path, body, method, **bearer))["status"]
        for path, body, method in (
            ("/api/tutor/feedback", {**feedback, "message": "x" * 70_000}, ""),
            ("/api/tutor/feedback", {}, ""),
            ("/api/student/feedback", None, ""),
            ("/api/nothing", None, ""),
            ("/api/auth/token", None, ""),
            ("/api/tutor/feedback", feedback | {"student_email": "else@example.com"}, ""),
        )
    ]
    assert statuses == [413, 400, 403, 404, 405, 403]
    waits = [await call("/api/tutor/feedback", feedback, **bearer) for _ in range(30)]
    assert (waits[-1]["status"], int(waits[-1]["wait"]) > 0) == (429, True)
    assert (await call("/api/student/feedback"))["status"] == 401  # without the cookie
    walker.trouble.clear()  # the browser writes each refusal down


async def test_no_page_of_another_origin_reads_by_the_cookie(
    site: HttpsSite, walker: Walker
) -> None:
    await signs_in(walker.page, f"{site.url}/", "student")
    for origin in (site.allowed, site.foreign):
        await walker.page.goto(origin)
        for path in ("/student/", "/api/student/feedback", "/api/docs/?script", "/admin/"):
            asked: list[Any] = [site.url + path, "GET", {}, None, "include"]
            assert (await walker.page.evaluate(CALL, asked))["status"] == 0, (origin, path)
    walker.trouble.clear()  # the browser writes each refusal down


async def test_a_foreign_page_can_neither_frame_nor_post_nor_load(
    site: HttpsSite, walker: Walker
) -> None:
    page = walker.page
    await signs_in(page, f"{site.url}/", "student")
    await page.goto(site.foreign)
    framed = await page.evaluate(
        """async (url) => {
          const frame = document.createElement("iframe");
          const loaded = new Promise((done) => frame.addEventListener("load", done));
          frame.src = url;
          document.body.append(frame);
          await loaded;
          const script = document.createElement("script");
          const ended = new Promise((done) => {
            script.addEventListener("load", () => done("ran"));
            script.addEventListener("error", () => done("refused"));
          });
          script.src = `${url}api/docs/?script`;
          document.body.append(script);
          return await ended;
        }""",
        f"{site.url}/",
    )
    assert framed == "refused"
    frame = next(one for one in page.frames if one != page.main_frame)
    assert frame.url.startswith("chrome-error://")
    async with page.expect_navigation():
        await page.evaluate(
            """(url) => {
              const form = document.createElement("form");
              form.method = "post";
              form.action = `${url}/logout/everywhere/`;
              document.body.append(form);
              form.submit();
            }""",
            site.url,
        )
    await expect(page.get_by_role("heading")).to_have_text(["Please try again"])
    await page.goto(f"{site.url}/student/")
    await is_live(page)
    walker.trouble.clear()


async def test_a_shared_computer_keeps_no_cookie_beyond_its_browser(
    site: HttpsSite, walker: Walker
) -> None:
    ends = {}
    for shared in (True, False):
        await walker.page.context.clear_cookies()
        await signs_in(walker.page, f"{site.url}/", "student", shared)
        for one in await walker.page.context.cookies():
            if one.get("name") == "__Host-sessionid":
                ends[shared] = one.get("expires", -1)
    assert ends[True] == -1
    assert ends[False] > 0
