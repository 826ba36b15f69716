// When each worker did what: a bar for each attempt, one below the other where they overlap.
// Drawn on a canvas, for there may be thousands; the list holds all of it in words.

const BAR = 14; // pixels, and a gap of two
const LABEL = 16; // pixels above a worker's bars
const AXIS = 18; // pixels above all of them, for the times
const APART = 170; // pixels, at least, from one time to the next
const NARROWEST = 2;
const LINES = 200; // in all: a canvas that is too high stays blank
const EVERY = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]; // seconds; then hours

class Timeline {
  constructor(root, report, open) {
    this.canvas = root.querySelector("canvas");
    this.told = root.querySelector("p");
    this.report = report;
    this.shown = new Set(report.runs);
    this.canvas.addEventListener("pointermove", (event) => this.tell(this.barAt(event)));
    this.canvas.addEventListener("pointerleave", () => this.tell(this.chosen ?? null));
    this.canvas.addEventListener("keydown", (event) => this.onKey(event, open));
    this.canvas.addEventListener("blur", () => this.choose(null));
    this.canvas.addEventListener("click", (event) => {
      const bar = this.barAt(event);
      if (bar) open(bar.run);
    });
    root.addEventListener("toggle", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.root = root;
  }

  // Runs that a search hides are faint.
  show(runs) {
    this.shown = new Set(runs);
    this.draw();
  }

  lay(width) {
    const attempts = this.report.runs.flatMap((run) =>
      run.attempts.map((attempt) => ({ run, attempt, from: attempt.started_at })),
    );
    const begin = attempts.reduce((least, { from }) => Math.min(least, from), Infinity);
    const end = attempts.reduce((m, { from, attempt }) => Math.max(m, from + (attempt.seconds ?? 0)), 0);
    const scale = width / Math.max(end - begin, 0.001);
    this.begin = begin;
    const workers = Map.groupBy
      ? Map.groupBy(attempts, workerOf)
      : attempts.reduce((m, a) => m.set(workerOf(a), [...(m.get(workerOf(a)) ?? []), a]), new Map());
    this.times = [...timesUpTo(end - begin, APART / scale)].map((at) => ({ at, left: at * scale }));
    this.bars = [];
    this.labels = [];
    const most = Math.max(1, Math.floor(LINES / workers.size));
    let top = AXIS;
    for (const name of [...workers.keys()].sort()) {
      this.labels.push({ name, top });
      top += LABEL;
      const ends = []; // of the last bar of each line
      for (const { run, attempt, from } of workers.get(name).sort((a, b) => a.from - b.from)) {
        const left = (from - begin) * scale;
        const wide = Math.max((attempt.seconds ?? 0) * scale, NARROWEST);
        let line = ends.findIndex((at) => at <= left);
        if (line < 0 && ends.length < most) line = ends.length;
        if (line < 0) line = ends.indexOf(Math.min(...ends)); // over the bar that ends first
        ends[line] = left + wide;
        this.bars.push({ run, attempt, left, wide, top: top + line * BAR });
      }
      top += ends.length * BAR + 6;
    }
    return top;
  }

  draw() {
    if (!this.root.open) return;
    const width = this.canvas.clientWidth;
    const height = this.lay(width);
    const ratio = devicePixelRatio || 1;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.height = `${height}px`;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(this.root);
    const colour = (name) => style.getPropertyValue(name);
    pen.font = `12px ${style.fontFamily}`;
    for (const { at, left } of this.times) {
      pen.fillStyle = colour("--edge");
      pen.fillRect(left, 0, 1, height);
      pen.fillStyle = colour("--quiet");
      pen.fillText(at ? timeOf(at) : clock(this.begin), left + 4, 11);
    }
    const fills = {
      pass: colour("--good-fill"),
      fail: colour("--bad-fill"),
      error: colour("--odd-fill"),
      skip: colour("--none-fill"),
    };
    for (const { run, attempt, left, wide, top } of this.bars) {
      pen.globalAlpha = this.shown.has(run) ? 1 : 0.15;
      pen.fillStyle = fills[attempt.outcome];
      pen.fillRect(left, top, wide, BAR - 2);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = colour("--text");
    for (const { name, top } of this.labels) pen.fillText(name, 0, top + 12);
    const chosen = this.chosen && this.bars.find(({ attempt }) => attempt === this.chosen.attempt);
    if (!chosen) return;
    pen.strokeStyle = colour("--text");
    pen.lineWidth = 2;
    pen.strokeRect(chosen.left - 1, chosen.top - 1, chosen.wide + 2, BAR);
  }

  // From bar to bar in the order in which they began; a run is opened as by a click.
  onKey(event, open) {
    const inOrder = [...(this.bars ?? [])].sort((a, b) => a.left - b.left || a.top - b.top);
    const at = inOrder.findIndex(({ attempt }) => attempt === this.chosen?.attempt);
    const next = {
      ArrowRight: Math.min(at + 1, inOrder.length - 1),
      ArrowLeft: Math.max(at - 1, 0),
      Home: 0,
      End: inOrder.length - 1,
    }[event.key];
    if (next !== undefined) this.choose(inOrder[next] ?? null);
    else if (event.key === "Enter" && at >= 0) open(inOrder[at].run);
    else return;
    event.preventDefault();
  }

  choose(bar) {
    this.chosen = bar;
    this.tell(bar);
    this.draw();
  }

  barAt(event) {
    const [x, y] = [event.offsetX, event.offsetY];
    const hit = ({ left, wide, top }) =>
      x >= left - 1 && x <= left + wide + 1 && y >= top && y < top + BAR;
    return this.bars?.find(hit) ?? null;
  }

  tell(bar) {
    this.canvas.style.cursor = bar ? "pointer" : "";
    this.told.textContent = bar
      ? `${bar.run.title} (${bar.run.browser.name}): ${OUTCOMES[bar.attempt.outcome].word.toLowerCase()}` +
        ` after ${duration(bar.attempt.seconds ?? 0)}, started ${clock(bar.attempt.started_at)}`
      : "Point at a bar to see what it was, or use the arrow keys; a click or Enter opens the run.";
  }
}

// The times to name, in seconds from the beginning, not closer together than apart.
function* timesUpTo(seconds, apart) {
  const step = EVERY.find((each) => each >= apart) ?? Math.ceil(apart / 3600) * 3600;
  for (let at = 0; at <= seconds; at += step) yield at;
}

function workerOf({ attempt }) {
  return attempt.worker || "no worker";
}

function timeOf(seconds) {
  return seconds < 60 ? `${seconds} s` : duration(seconds);
}
