"""What is asked of every page: its weight, where it asks, how it reads, and how wide it is."""

from dataclasses import dataclass, field

from playwright.async_api import Page, Request

# What a reader meets on a page: written there, said of an element, or said later by its script.
READ = """() => {
  const NAMED = "script, template, .student, [data-student], .who, code, kbd";
  const own = (element) => element.closest("[lang]") === document.documentElement;
  const said = [["title", document.title]];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
  for (let at = document.body; at; at = walker.nextNode()) {
    if (at.id === "texts") said.push(...Object.entries(JSON.parse(at.textContent)));
    if (!own(at) || at.closest(NAMED)) continue;
    for (const name of ["title", "aria-label", "placeholder", "alt"]) {
      if (at.hasAttribute(name)) said.push([`${at.localName}@${name}`, at.getAttribute(name)]);
    }
    for (const node of at.childNodes) {
      const text = node.nodeType === Node.TEXT_NODE && node.data.trim();
      if (text) said.push([at.localName, text]);
    }
  }
  return said;
}"""
SIDEWAYS = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"

TWICE = "() => { document.documentElement.style.fontSize = '200%'; }"
ONCE = "() => { document.documentElement.style.fontSize = ''; }"
# What a form answers when nothing of it was filled in, and no browser minded.
SUBMIT = """() => {
  const form = document.querySelector("main form");
  form.noValidate = true;
  form.requestSubmit();
}"""


@dataclass
class Load:
    """What one load of a page asked for."""

    bytes: int = 0
    hosts: set[str] = field(default_factory=set)


async def load(page: Page, url: str) -> Load:
    """Open `url` with an empty cache, and count what is sent until nothing more is asked for."""
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    await page.goto(url, wait_until="networkidle")
    page.remove_listener("request", note)
    found = Load()
    for request in asked:
        found.hosts.add(request.url.split("/")[2])
        if await request.response():
            sizes = await request.sizes()
            found.bytes += sizes["responseBodySize"] + sizes["responseHeadersSize"]
    return found


async def read(page: Page) -> list[tuple[str, str]]:
    """List every text of the page's own language, each with where it stands."""
    return [(where, text) for where, text in await page.evaluate(READ)]


async def sideways(page: Page) -> int:
    """Count the pixels by which the page is wider than its window."""
    return int(await page.evaluate(SIDEWAYS))


async def overflow_of_large_letters(page: Page) -> int:
    """Count the pixels by which the page is wider than its window with letters twice as large."""
    await page.evaluate(TWICE)
    found = await sideways(page)
    await page.evaluate(ONCE)
    return found


async def submit_empty(page: Page) -> None:
    """Send the page's form with nothing filled in, and wait for what comes of it."""
    async with page.expect_navigation():
        await page.evaluate(SUBMIT)
