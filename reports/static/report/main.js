// What the reader does: counters, search, groups, keys, and links that hold all of it
// (#show=failed&q=code&group=browser; #run-ID opens a run).

const state = { show: "all", q: "", group: "" };
const search = document.getElementById("search");
const grouping = document.getElementById("group");
const buttons = [...document.querySelectorAll("[data-show]")];

async function start() {
  const report = new Report(await readData());
  const list = new RunList(document.getElementById("runs"), (run) => insideOf(run, report));
  const timeline = new Timeline(document.getElementById("timeline"), report, goTo);

  function apply() {
    const { matches, problems } = parseQuery(state.q, report.runs);
    const wanted = STATUSES[state.show] ?? (() => true);
    const shown = report.runs.filter((run) => wanted(run) && matches(run));
    list.show(grouped(shown, state.group));
    timeline.show(shown);
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.show === state.show));
    }
    search.value = state.q;
    grouping.value = state.group;
    document.getElementById("count").textContent = `${shown.length} of ${report.runs.length} runs shown`;
    const gone = location.hash.startsWith("#run-") && !linkedRun(report);
    if (gone) problems.push("The run that the link names is not in this report.");
    document.getElementById("problems").textContent = problems.join(" ");
    document.getElementById("nothing").hidden = shown.length > 0 || report.runs.length === 0;
  }

  function change(changes) {
    Object.assign(state, changes);
    const kept = Object.entries(state).filter(([key, value]) => value && !(key === "show" && value === "all"));
    history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
    apply();
  }

  function goTo(run) {
    if (!list.has(run)) change({ show: "all", q: "" });
    list.open(run);
    list.focus(run);
  }

  function follow() {
    const run = linkedRun(report);
    if (!run) {
      const asked = new URLSearchParams(location.hash.slice(1));
      state.show = Object.hasOwn(STATUSES, asked.get("show") ?? "") ? asked.get("show") : "all";
      state.q = asked.get("q") ?? "";
      state.group = Object.hasOwn(GROUPINGS, asked.get("group") ?? "") ? asked.get("group") : "";
      apply();
    } else goTo(run);
  }

  for (const button of buttons) {
    button.addEventListener("click", () => change({ show: button.dataset.show }));
  }
  search.addEventListener("input", () => change({ q: search.value }));
  grouping.addEventListener("change", () => change({ group: grouping.value }));
  document.getElementById("tools").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("keys-button").addEventListener("click", () => showKeys());
  document.addEventListener("keydown", (event) => onKey(event, list));
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => list.fillAll());

  apply();
  follow();
  for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
  if (!location.hash && report.runs[0]?.rank < FLAKY_RANK) list.open(report.runs[0]);
  document.documentElement.dataset.ready = "";
}

// Compared as addresses: a run's id may hold what an address has to escape.
function linkedRun(report) {
  if (!location.hash.startsWith("#run-")) return null;
  return report.runs.find((run) => new URL(`#run-${run.id}`, location).hash === location.hash);
}

function onKey(event, list) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, dialog, video")) return;
  const failed = (run) => run.outcome === "fail" || run.outcome === "error";
  const act = {
    "/": () => search.focus(),
    "?": () => showKeys(),
    j: () => step(list, 1),
    k: () => step(list, -1),
    n: () => step(list, 1, failed),
    p: () => step(list, -1, failed),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function step(list, by, wanted) {
  const run = list.next(by, wanted);
  if (run) list.focus(run);
}

function showKeys() {
  document.getElementById("keys").showModal();
}

start().catch((error) => {
  const told = `This browser cannot show the runs: ${error.message}`;
  document.getElementById("runs").before(h("p", { class: "empty", role: "alert" }, told));
  throw error;
});
