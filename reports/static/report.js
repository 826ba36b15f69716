// Filters, search and deep links of the run report. The state of both is kept in the
// address (#show=fail&q=code), so that a filtered view can be passed on; #run-ID opens a run.
"use strict";

const rows = [...document.querySelectorAll("details.run")];
const buttons = [...document.querySelectorAll("[data-key]")];
const search = document.getElementById("search");
const count = document.getElementById("count");
const nothing = document.getElementById("nothing");
let shown = "all";

function apply() {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let matching = 0;
  for (const row of rows) {
    const matches =
      (shown === "all" || row.dataset.keys.split(" ").includes(shown)) &&
      wanted.every((word) => row.dataset.words.includes(word));
    row.hidden = !matches;
    matching += matches;
  }
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(button.dataset.key === shown));
  }
  count.textContent = `${matching} of ${rows.length} runs shown`;
  nothing.hidden = matching > 0 || rows.length === 0;
}

function remember() {
  const state = new URLSearchParams();
  if (shown !== "all") state.set("show", shown);
  if (search.value) state.set("q", search.value);
  history.replaceState(null, "", `#${state}`);
}

function follow() {
  if (location.hash.startsWith("#run-")) {
    openRun(location.hash);
    return;
  }
  const state = new URLSearchParams(location.hash.slice(1));
  const known = buttons.some((button) => button.dataset.key === state.get("show"));
  shown = known ? state.get("show") : "all";
  search.value = state.get("q") ?? "";
  apply();
}

// The browser itself scrolls to the summary and focuses it.
function openRun(fragment) {
  // Compared as addresses: a run's id may hold what an address has to escape.
  const row = rows.find((one) => new URL(`#${headOf(one).id}`, location).hash === fragment);
  if (!row) return;
  row.open = true;
  if (row.hidden) {
    shown = "all";
    search.value = "";
    apply();
    headOf(row).scrollIntoView();
    headOf(row).focus({ preventScroll: true });
  }
}

function headOf(row) {
  return row.firstElementChild;
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    shown = button.dataset.key;
    apply();
    remember();
  });
}
search.addEventListener("input", () => {
  apply();
  remember();
});
document.getElementById("tools").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target.localName !== "input") {
    event.preventDefault();
    search.focus();
  }
});
addEventListener("hashchange", follow);
document.getElementById("tools").hidden = false;
apply();
follow();
