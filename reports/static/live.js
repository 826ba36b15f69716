// Keeps a page current: when a run ends, the same page is fetched again and its content
// swapped. The server stays the only author of the page; without this script it still works.
"use strict";

const SWAPPED = ["main", "foot"];
const TICK = 30_000; // milliseconds; also keeps "5 min ago" true when nothing happens

const live = document.getElementById("live");
let fetching = false;
let again = false;

function say(state, words) {
  if (live.textContent !== words) {
    live.dataset.state = state;
    live.textContent = words;
  }
}

function isReading() {
  // Do not pull the text away from under a selection.
  return !document.getSelection().isCollapsed;
}

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  if (document.hidden || isReading()) return;
  fetching = true;
  try {
    do {
      again = false;
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } while (again);
    say("on", "Live");
  } catch {
    say("off", "Connection lost: showing old data");
  } finally {
    fetching = false;
  }
}

function swap(fresh) {
  const open = [...document.querySelectorAll("details[id][open]")].map((part) => part.id);
  const focused = addressOf(document.activeElement);
  const [x, y] = [scrollX, scrollY];
  for (const id of SWAPPED) {
    document.getElementById(id).replaceWith(document.adoptNode(fresh.getElementById(id)));
  }
  document.title = fresh.title;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  scrollTo(x, y);
}

// A selector that finds the same element in the new page.
function addressOf(element) {
  const part = element?.closest("main, footer");
  if (!part) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.matches("summary")) return `#${CSS.escape(element.parentElement.id)} > summary`;
  const href = element.getAttribute("href");
  if (!href) return null;
  // A check may be linked to twice: from what needs attention, and from its line.
  const kind = element.className ? `.${CSS.escape(element.className)}` : ":not([class])";
  return `${part.localName} a${kind}[href="${CSS.escape(href)}"]`;
}

const events = new EventSource("/events");
events.addEventListener("open", refresh);
events.addEventListener("message", refresh);
events.addEventListener("error", () => say("off", "Connection lost: showing old data"));
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, TICK);
