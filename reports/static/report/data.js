// The report's data, inflated, and what follows from it for each run. Times are POSIX seconds.
"use strict";

const OUTCOMES = {
  fail: { word: "Failed", tone: "down", rank: 0 },
  error: { word: "Error", tone: "unknown", rank: 1 },
  skip: { word: "Skipped", tone: "pending", rank: 3 },
  pass: { word: "Passed", tone: "up", rank: 4 },
};
const FLAKY_RANK = 2;

// What is not there was empty: the data holds no zeros, empty texts or empty lists.
async function readData() {
  const text = document.getElementById("data").textContent.trim();
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

class Report {
  constructor(data) {
    this.causes = data.causes;
    this.started = data.started;
    this.ended = data.ended;
    this.hasHistory = "history" in data;
    this.runs = data.runs.map((raw) => new Run(raw, data));
    this.runs.sort(worstFirst);
    this.byId = new Map(this.runs.map((run) => [run.id, run]));
    this.pasts = pastsOf(this.runs, data.history ?? {});
    this.pasts.forEach(markChanges);
  }

  // What ran of the same check and browser before `run`, the newest last.
  before(run) {
    return this.pasts.get(run.pair).filter((past) => past.at < run.at);
  }

  lastGood(run) {
    return this.before(run).findLast((past) => past.outcome === "pass" && past.steps);
  }
}

class Run {
  constructor(raw, data) {
    Object.assign(this, raw);
    this.id = raw.run_id;
    this.account ??= "";
    this.tags ??= [];
    this.change = "";
    this.compared = false; // with a run before it
    this.browser = { name: "", version: "", engine: "", ...raw.browser };
    this.last = raw.attempts.at(-1);
    this.outcome = this.last.outcome;
    this.cause = this.last.cause ?? "";
    this.causeWords = data.causes[this.cause] ?? "";
    this.message = this.last.message ?? "";
    this.seconds = this.last.seconds ?? 0;
    this.at = raw.attempts[0].started_at;
    this.steps = this.last.steps ?? [];
    this.flaky = this.outcome === "pass" && raw.attempts.some(({ outcome }) => outcome === "fail");
    this.pair = [this.check, this.browser.name, ...parametersOf(raw)].join(" ");
    this.file = raw.node ? raw.node.split("::")[0] : `checks/${this.check.split(".")[0]}.py`;
    this.rank = this.flaky ? FLAKY_RANK : OUTCOMES[this.outcome].rank;
    this.tone = this.flaky ? "failing" : OUTCOMES[this.outcome].tone;
  }

  // All that free text is looked for in.
  get words() {
    this.cachedWords ??= [
      ...[this.title, this.check, this.browser.name, this.browser.version, this.account],
      ...[this.cause, this.causeWords, this.file, ...this.tags],
      ...this.attempts.flatMap(({ message = "", unmet = [] }) => [
        message,
        ...unmet.map((claim) => claim.message),
      ]),
    ]
      .join("\n")
      .toLowerCase();
    return this.cachedWords;
  }

  get replay() {
    // The id of a test on another engine than Chromium is only there where that is asked for.
    const engine = this.browser.engine === "chromium" ? "" : ` --browser ${this.browser.engine}`;
    const portal = this.base_url ? ` --base-url ${quoted(this.base_url)}` : "";
    if (this.node) return `pytest ${quoted(this.node)}${engine}${portal}`;
    const [check, browser] = [quoted(this.check), quoted(this.browser.name)];
    return `portalwatch run --once --check ${check} --browser ${browser}`;
  }
}

// Of a test that pytest runs with parameters: those besides the browser.
function parametersOf({ node = "", browser }) {
  const listed = node.match(/\[(.*)\]$/)?.[1] ?? "";
  return listed.split("-").filter((part) => part && part !== browser.engine);
}

function worstFirst(a, b) {
  return (
    a.rank - b.rank ||
    a.check.localeCompare(b.check) ||
    a.browser.name.localeCompare(b.browser.name) ||
    a.at - b.at
  );
}

// A word of a command as a POSIX shell reads it.
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

// Every known run of each check on each browser, the newest last.
function pastsOf(runs, history) {
  const pasts = new Map();
  for (const run of runs) {
    if (!pasts.has(run.pair)) pasts.set(run.pair, []);
    pasts.get(run.pair).push(run);
  }
  for (const [pair, kept] of pasts) {
    const known = new Set(kept.map(({ id }) => id));
    kept.push(...(history[pair] ?? []).filter(({ id }) => !known.has(id)));
    kept.sort((a, b) => a.at - b.at);
  }
  return pasts;
}

// "new" for a failure after a pass, "fixed" for a pass after a failure. In one pass, for all
// of ten thousand runs may be of one check. Runs that began at once are not before each other.
function markChanges(past) {
  let verdict, newest, at;
  for (const run of past) {
    if (run.at !== at) [verdict, at] = [newest, run.at];
    if (run.outcome !== "pass" && run.outcome !== "fail") continue;
    run.compared = verdict !== undefined;
    if (verdict && verdict !== run.outcome) run.change = run.outcome === "fail" ? "new" : "fixed";
    newest = run.outcome;
  }
}
