// The inside of a run: its attempts as tabs, its past, and how to run it again.

function insideOf(run, report) {
  const attempts = run.attempts.map((attempt, index) => attemptView(run, attempt, index, report));
  return h(
    "div",
    { class: "inside" },
    attempts.length > 1 ? tabs(run, attempts) : attempts[0],
    pastView(run, report),
    h("h4", { class: "part" }, "Run it again"),
    command(run.replay),
    aboutView(run),
    h("p", {}, h("a", { href: `#run-${run.id}` }, "Link to this run")),
  );
}

// Tabs as WAI-ARIA describes them: the arrow keys move, the last attempt is shown at first.
function tabs(run, panels) {
  const heads = run.attempts.map((attempt, index) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${run.id}-${index}`,
        "aria-controls": `panel-${run.id}-${index}`,
        class: `is-${OUTCOMES[attempt.outcome].tone}`,
        onclick: () => select(index),
      },
      icon(OUTCOMES[attempt.outcome].tone),
      `Attempt ${index + 1}`,
      h("span", { class: "hidden-words" }, `: ${OUTCOMES[attempt.outcome].word}`),
    ),
  );
  panels.forEach((panel, index) => {
    panel.id = `panel-${run.id}-${index}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `tab-${run.id}-${index}`);
  });
  function select(chosen) {
    heads.forEach((head, index) => {
      head.setAttribute("aria-selected", String(index === chosen));
      head.tabIndex = index === chosen ? 0 : -1;
      panels[index].hidden = index !== chosen;
    });
  }
  const bar = h("div", { class: "tabs", role: "tablist", "aria-label": "Attempts" }, heads);
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const chosen = (heads.indexOf(event.target) + step + heads.length) % heads.length;
    select(chosen);
    heads[chosen].focus();
    event.preventDefault();
  });
  select(heads.length - 1);
  return h("div", {}, bar, panels);
}

function attemptView(run, attempt, index, report) {
  const place = `${run.title}, attempt ${index + 1}`;
  return h(
    "section",
    { class: "attempt", "aria-label": place },
    errorView(attempt, report),
    (attempt.unmet ?? []).map((claim) => unmetView(claim)),
    stepsView(attempt),
    compareView(run, attempt, report),
    evidenceView(attempt),
    consoleView(attempt.console ?? []),
    requestsView(attempt.failed_requests ?? []),
    vitalsView(attempt.vitals ?? []),
    measuresView(attempt.measures ?? []),
  );
}

function errorView(attempt, report) {
  if (!attempt.cause && !attempt.message) return null;
  const tone = OUTCOMES[attempt.outcome].tone;
  return h(
    "div",
    { class: `error is-${tone}` },
    icon(tone),
    h(
      "div",
      {},
      h(
        "p",
        { class: "reason" },
        attempt.cause ? h("strong", {}, report.causes[attempt.cause]) : null,
        h("span", { class: "message" }, attempt.message ?? ""),
      ),
      attempt.url ? h("p", { class: "where" }, "at ", addressView(attempt.url)) : null,
      attempt.code ? codeView(attempt.code) : null,
      attempt.detail
        ? h(
            "details",
            {},
            h("summary", {}, "Detail"),
            h("pre", { tabindex: 0 }, attempt.detail),
          )
        : null,
    ),
  );
}

// A link only to what is one: results hold what a page wrote.
function addressView(url) {
  if (!/^https?:\/\//.test(url)) return h("code", {}, url);
  return h("a", { href: url, rel: "noreferrer noopener" }, url);
}

function unmetView(claim) {
  return h(
    "div",
    { class: "unmet is-down" },
    h("p", {}, icon("down"), `${claim.message} `, h("span", { class: "quiet" }, atTime(claim))),
    claim.code ? codeView(claim.code) : null,
  );
}

function atTime({ offset = 0 }) {
  return `at ${duration(offset)}`;
}

function codeView(code) {
  const lines = (code.source ?? []).map((text, index) => {
    const number = code.first + index;
    const here = number === code.line;
    return h(
      "span",
      { class: here ? "line here" : "line" },
      h("span", { class: "line-number" }, `${String(number).padStart(4)} `),
      `${here ? ">" : " "} ${text}\n`,
    );
  });
  const place = `${code.file}:${code.line}`;
  return h(
    "figure",
    { class: "code" },
    h("figcaption", {}, h("code", {}, place)),
    h("pre", { tabindex: 0, "aria-label": `Lines around ${place}` }, lines),
  );
}

function stepsView(attempt) {
  const steps = attempt.steps ?? [];
  if (!steps.length) return null;
  const span = Math.max(...steps.map((s) => (s.offset ?? 0) + (s.seconds ?? 0)), attempt.seconds ?? 0);
  const culprit = failedStep(steps);
  const rows = steps.flatMap((step) => {
    const row = stepRow(step, span || 1, step === culprit);
    // What ended the innermost step ended those around it: it is told once.
    const told = step.error && (step === culprit || step.error !== culprit?.error);
    return told ? [row, h("tr", { class: "step-error" }, errorCell(step.error))] : [row];
  });
  return [
    h("h4", { class: "part" }, "Steps"),
    table("steps", [["Step"], ["Start", "number start"], ["Time line"], ["Took", "number"]], rows),
  ];
}

function errorCell(error) {
  return h("td", { colspan: 4 }, h("p", {}, error));
}

function stepRow(step, span, culprit) {
  const { word, tone } = OUTCOMES[step.outcome];
  const skipped = step.outcome === "skip";
  const [offset, seconds, level] = [step.offset ?? 0, step.seconds ?? 0, step.level ?? 0];
  const width = Math.max((100 * seconds) / span, 0.6); // that of no duration is seen as well
  const left = Math.min((100 * offset) / span, 100 - width);
  const bar = h("rect", { x: `${left}%`, width: `${width}%`, height: "100%", rx: 2 });
  return h(
    "tr",
    { class: `is-${tone}${culprit ? " failed-here" : ""}` },
    h(
      "th",
      { scope: "row", class: `level-${Math.min(level, 5)}` },
      h(
        "span",
        { class: "step" },
        icon(tone),
        h("span", {}, step.name, h("span", { class: "hidden-words" }, `: ${word}`)),
      ),
    ),
    h("td", { class: "number start" }, skipped ? "" : duration(offset)),
    h("td", { class: "track" }, h("svg", { "aria-hidden": "true" }, skipped ? null : bar)),
    h("td", { class: "number" }, skipped ? "skipped" : duration(seconds)),
  );
}

// The last step that failed with all the steps around it: where the reader must look.
function failedStep(steps) {
  const failed = []; // of the step before and those around it, by level
  let ending = null;
  for (const step of steps) {
    failed.length = step.level ?? 0;
    failed.push(step.outcome === "fail" || step.outcome === "error");
    if (failed.every(Boolean)) ending = step;
  }
  return ending;
}

function consoleView(entries) {
  if (!entries.length) return null;
  const rows = entries.map((entry) =>
    h(
      "tr",
      {},
      h("td", { class: "number" }, duration(entry.offset ?? 0)),
      h("td", {}, h("span", { class: "tag" }, entry.level)),
      h("td", {}, entry.text ?? "", under(entry.url)),
    ),
  );
  return [
    h("h4", { class: "part" }, "Console"),
    table("timed", [["At", "number"], ["Level"], ["Text"]], rows),
  ];
}

function requestsView(entries) {
  if (!entries.length) return null;
  const rows = entries.map((entry) =>
    h(
      "tr",
      {},
      h("td", { class: "number" }, duration(entry.offset ?? 0)),
      h("td", {}, h("span", { class: "tag" }, String(entry.status ?? "none"))),
      h(
        "td",
        {},
        `${entry.method} ${entry.url}`,
        under(entry.error ? `${entry.kind}: ${entry.error}` : entry.kind),
      ),
    ),
  );
  return [
    h("h4", { class: "part" }, "Failed requests"),
    table("timed", [["At", "number"], ["Status"], ["Request"]], rows),
  ];
}

function under(text) {
  return text ? [h("br"), h("span", { class: "quiet" }, text)] : null;
}

function vitalsView(entries) {
  if (!entries.length) return null;
  const names = [
    ["ttfb", "TTFB", "Time to first byte"],
    ["fcp", "FCP", "First contentful paint"],
    ["lcp", "LCP", "Largest contentful paint"],
    ["inp", "INP", "Interaction to next paint"],
    ["cls", "CLS", "Cumulative layout shift"],
  ];
  const shown = (key, value) => {
    if (value === undefined) return "–";
    return key === "cls" ? value.toFixed(3) : duration(value);
  };
  const rows = entries.map((entry) =>
    h(
      "tr",
      {},
      h("td", {}, entry.url ?? ""),
      names.map(([key]) => h("td", { class: "number" }, shown(key, entry[key]))),
    ),
  );
  const heads = names.map(([, short, long]) => [h("abbr", { title: long }, short), "number"]);
  return [
    h("h4", { class: "part" }, "Web vitals"),
    table("vitals", [["Page"], ...heads], rows),
  ];
}

function measuresView(measures) {
  if (!measures.length) return null;
  const facts = measures.map(({ name, value = 0, unit = "" }) => [name, `${+value.toPrecision(6)} ${unit}`]);
  return [h("h4", { class: "part" }, "Measures"), factsView(facts)];
}

function aboutView(run) {
  const { browser } = run;
  const shell = browser.headless_shell ? ", headless shell" : "";
  const build = `${browser.engine}, ${browser.build} build, ${browser.protocol}${shell}`;
  return factsView([
    ["Run", h("code", {}, run.id)],
    ["Check", h("code", {}, run.node ?? run.check)],
    ["Browser", `${capitalized(browser.name)} ${browser.version} (${build})`],
    run.account ? ["Account", run.account] : null,
    ["Started", clock(run.at)],
    run.queue_seconds ? ["Waited for its turn", duration(run.queue_seconds)] : null,
    run.last.worker ? ["Worker", run.last.worker] : null,
    run.tags.length ? ["Tags", run.tags.join(", ")] : null,
    ...(run.versions ?? []).map(([name, ...rest]) => [name, rest.join(" ")]),
  ]);
}

function factsView(facts) {
  const shown = facts.filter(Boolean).map(([term, value]) =>
    h("div", {}, h("dt", {}, term), h("dd", {}, value)),
  );
  return h("dl", { class: "about" }, shown);
}
