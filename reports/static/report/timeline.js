// When each worker did what: a bar for each attempt, one below the other where they overlap.
// Drawn on a canvas, for there may be thousands; the list holds all of it in words.

const BAR = 14; // pixels, and a gap of two
const LABEL = 16; // pixels above a worker's bars
const NARROWEST = 2;
const LINES = 200; // in all: a canvas that is too high stays blank

class Timeline {
  constructor(root, report, open) {
    this.canvas = root.querySelector("canvas");
    this.told = root.querySelector("p");
    this.report = report;
    this.shown = new Set(report.runs);
    this.canvas.addEventListener("pointermove", (event) => this.tell(this.barAt(event)));
    this.canvas.addEventListener("pointerleave", () => this.tell(null));
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
    const workers = Map.groupBy
      ? Map.groupBy(attempts, workerOf)
      : attempts.reduce((m, a) => m.set(workerOf(a), [...(m.get(workerOf(a)) ?? []), a]), new Map());
    this.bars = [];
    this.labels = [];
    const most = Math.max(1, Math.floor(LINES / workers.size));
    let top = 0;
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
    pen.font = `12px ${style.fontFamily}`;
    for (const { name, top } of this.labels) pen.fillText(name, 0, top + 12);
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
      : "Point at a bar to see what it was; click on it to open the run.";
  }
}

function workerOf({ attempt }) {
  return attempt.worker || "no worker";
}
