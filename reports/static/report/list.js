// The list of runs. Rows are made when they come near the window, and the inside of a run
// when it is opened: thousands of runs are there as soon as a few.

const ROWS_OF_CHUNK = 50;
const ROW_HEIGHT = 46; // pixels, until the rows are there
const NEAR = "1000px";

class RunList {
  constructor(root, insideOf) {
    this.root = root;
    this.insideOf = insideOf;
    this.chunks = new Map(); // by run
    this.rows = new Map(); // by run: an opened one stays open when the list is shown anew
    this.order = [];
    this.observer = new IntersectionObserver(
      (entries) => entries.forEach((entry) => entry.isIntersecting && this.fill(entry.target)),
      { rootMargin: NEAR },
    );
  }

  // groups: [{ name, runs }]; a single one without a name has no heading.
  show(groups) {
    this.observer.disconnect();
    this.chunks.clear();
    this.order = groups.flatMap(({ runs }) => runs);
    this.root.replaceChildren(...groups.map((group) => this.section(group)));
    const first = this.root.querySelector(".chunk");
    if (first) this.fill(first); // at once: the observer tells of it later
  }

  section({ name, runs }) {
    const body = h("div", { class: "group-body" });
    for (let start = 0; start < runs.length; start += ROWS_OF_CHUNK) {
      body.append(this.chunk(runs.slice(start, start + ROWS_OF_CHUNK)));
    }
    if (name === undefined) return body;
    return h(
      "details",
      { class: "group", open: true },
      h("summary", {}, h("h3", {}, name), h("span", { class: "quiet" }, countsOf(runs))),
      body,
    );
  }

  chunk(runs) {
    const made = h("div", { class: "chunk" });
    made.style.minHeight = `${runs.length * ROW_HEIGHT}px`;
    made.fill = () => made.append(...runs.map((run) => this.rowFor(run)));
    for (const run of runs) this.chunks.set(run, made);
    this.observer.observe(made);
    return made;
  }

  fill(chunk) {
    if (!chunk.fill) return;
    this.observer.unobserve(chunk);
    chunk.fill();
    chunk.fill = null;
    chunk.style.minHeight = "";
  }

  fillAll() {
    this.root.querySelectorAll(".chunk").forEach((chunk) => this.fill(chunk));
  }

  rowFor(run) {
    if (!this.rows.has(run)) this.rows.set(run, this.row(run));
    return this.rows.get(run);
  }

  row(run) {
    const row = h(
      "details",
      { class: `run is-${run.tone}` },
      h(
        "summary",
        { id: `run-${run.id}` },
        badge(run),
        h(
          "span",
          { class: "what" },
          h("span", { class: "title" }, run.title),
          labelsOf(run),
          run.causeWords ? h("span", { class: "cause" }, run.causeWords) : null,
        ),
        h(
          "span",
          { class: "browser" },
          `${capitalized(run.browser.name)} `,
          h("span", { class: "quiet" }, run.browser.version.split(".")[0]),
        ),
        h("span", { class: "account quiet" }, run.account),
        h("span", { class: "number" }, run.outcome === "skip" ? "" : duration(run.seconds)),
      ),
    );
    row.run = run;
    row.addEventListener("toggle", () => this.build(row));
    return row;
  }

  build(row) {
    if (row.open && row.childElementCount === 1) row.append(this.insideOf(row.run));
  }

  has(run) {
    return this.chunks.has(run);
  }

  // The row of a run, made if it was not there yet.
  rowOf(run) {
    this.fill(this.chunks.get(run));
    return this.rows.get(run);
  }

  open(run) {
    const row = this.rowOf(run);
    row.closest(".group")?.setAttribute("open", "");
    row.open = true;
    this.build(row);
    return row;
  }

  focus(run) {
    const head = this.rowOf(run).firstElementChild;
    head.closest(".group")?.setAttribute("open", "");
    head.scrollIntoView({ block: "nearest" });
    head.focus({ preventScroll: true });
  }

  get focused() {
    return document.activeElement?.closest(".run")?.run ?? null;
  }

  // The next run of which `wanted` is true, forwards (1) or backwards (-1) from the focused one.
  next(step, wanted = () => true) {
    const from = this.focused ? this.order.indexOf(this.focused) : step > 0 ? -1 : this.order.length;
    for (let at = from + step; at >= 0 && at < this.order.length; at += step) {
      if (wanted(this.order[at])) return this.order[at];
    }
    return null;
  }
}

function labelsOf(run) {
  const labels = [];
  if (run.flaky) labels.push(`passed on attempt ${run.attempts.length}`);
  if (run.change === "new") labels.push("new failure");
  if (run.change === "fixed") labels.push("fixed");
  return labels.map((label) => h("span", { class: "tag" }, label));
}

function countsOf(runs) {
  const counts = Object.entries(STATUSES).map(([name, is]) => [runs.filter(is).length, name]);
  return counts
    .filter(([count]) => count)
    .map(([count, name]) => `${count} ${name}`)
    .join(", ");
}

const GROUPINGS = {
  check: (run) => run.title,
  browser: (run) => `${capitalized(run.browser.name)} ${run.browser.version}`,
  file: (run) => run.file,
  cause: (run) => run.causeWords || "No cause",
};
// What tells groups apart where it is not their name: two checks may have one title.
const TOLD_APART_BY = { check: (run) => run.check };

// Groups in the order of their worst run, for the runs come worst first.
function grouped(runs, by) {
  if (!Object.hasOwn(GROUPINGS, by)) return [{ runs }];
  const groups = new Map();
  for (const run of runs) {
    const key = (TOLD_APART_BY[by] ?? GROUPINGS[by])(run);
    if (!groups.has(key)) groups.set(key, { name: GROUPINGS[by](run), runs: [] });
    groups.get(key).runs.push(run);
  }
  return [...groups.values()];
}
