// What a check did before on the same browser: its last runs, and how this one differs from
// the last good one.

const PAST_RUNS = 20;
const DIFFERS_BY = 0.2; // of the step's time in the good run …
const DIFFERS_AT_LEAST = 0.1; // … and seconds, for it to count

function pastView(run, report) {
  const earlier = report.before(run).slice(-PAST_RUNS);
  if (!earlier.length) return null;
  const marks = earlier.map((past) => {
    const told = `${OUTCOMES[past.outcome].word}, ${duration(past.seconds ?? 0)}, ${clock(past.at)}`;
    const tone = past.flaky ? "failing" : OUTCOMES[past.outcome].tone;
    const mark = [icon(tone), h("span", { class: "hidden-words" }, told)];
    const shown = report.byId.has(past.id)
      ? h("a", { href: `#run-${past.id}`, title: told }, mark)
      : h("span", { title: told }, mark);
    return h("li", { class: `is-${tone}` }, shown);
  });
  const heading = earlier.length === 1 ? "The run before" : `The ${earlier.length} runs before`;
  return [h("h4", { class: "part" }, heading), h("ol", { class: "past" }, marks)];
}

function compareView(run, attempt, report) {
  const good = report.lastGood(run);
  if (!good || attempt.outcome === "pass" || !(attempt.steps ?? []).length) return null;
  const pairs = pairedSteps(attempt.steps, good.steps);
  const first = firstDifference(pairs);
  const rows = pairs.map((pair) => compareRow(pair, pair === first));
  const heads = [["Step"], ...["This run", "Good run", "Difference"].map((text) => [text, "number"])];
  return h(
    "details",
    { class: "compare" },
    h("summary", {}, `Compare with the last good run, ${clock(good.at)}`),
    table("compared", heads, rows),
  );
}

// Steps of the same name, each of the good run's taken once.
function pairedSteps(steps, good) {
  const left = [...good];
  const pairs = steps.map((here) => {
    const found = left.findIndex(({ name, level }) => name === here.name && level === here.level);
    return { here, good: found < 0 ? undefined : left.splice(found, 1)[0] };
  });
  return [...pairs, ...left.map((step) => ({ here: undefined, good: step }))];
}

// The first that differs, and of a step with others in it the one that makes the difference.
function firstDifference(pairs) {
  const level = ({ here, good }) => (here ?? good).level ?? 0;
  let first = null;
  for (const pair of pairs) {
    if (first && level(pair) <= level(first)) break;
    if (differs(pair)) first = pair;
  }
  return first;
}

function differs({ here, good }) {
  if (!here || !good || here.outcome !== "pass") return true;
  const more = Math.abs((here.seconds ?? 0) - (good.seconds ?? 0));
  return more > Math.max(DIFFERS_AT_LEAST, DIFFERS_BY * (good.seconds ?? 0));
}

function compareRow({ here, good }, first) {
  const step = here ?? good;
  const took = (one) => {
    if (!one) return "not done";
    return one.outcome === "skip" ? "skipped" : duration(one.seconds ?? 0);
  };
  return h(
    "tr",
    { class: first ? "differs is-down" : null },
    h(
      "th",
      { scope: "row", class: `level-${Math.min(step.level ?? 0, 5)}` },
      step.name,
      first ? h("span", { class: "tag" }, "differs first") : null,
    ),
    h("td", { class: "number" }, took(here)),
    h("td", { class: "number" }, took(good)),
    h("td", { class: "number" }, difference(here, good)),
  );
}

function difference(here, good) {
  if (!here || !good) return "";
  if (here.outcome !== "pass") return OUTCOMES[here.outcome].word.toLowerCase();
  const more = (here.seconds ?? 0) - (good.seconds ?? 0);
  return `${more < 0 ? "−" : "+"}${duration(Math.abs(more))}`;
}
