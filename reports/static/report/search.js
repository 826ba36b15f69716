// The search language: status:failed browser:firefox @tag step:"enter the code" "free text".
// All terms must hold, ! negates one, a comma separates values of which one must hold.

const STATUSES = {
  failed: (run) => run.outcome === "fail",
  error: (run) => run.outcome === "error",
  flaky: (run) => run.flaky,
  skipped: (run) => run.outcome === "skip",
  passed: (run) => run.outcome === "pass",
};
const CHANGES = {
  flaky: STATUSES.flaky,
  new: (run) => run.change === "new",
  fixed: (run) => run.change === "fixed",
};
const BEGINS = (text, value) => text.toLowerCase().startsWith(value);
const HOLDS = (text, value) => text.toLowerCase().includes(value);
const KEYS = {
  status: named(STATUSES),
  is: compared(named(CHANGES)),
  browser: listed((run) => [run.browser.name, run.browser.engine]),
  cause: listed((run) => run.attempts.map(({ cause }) => cause)),
  check: texts(HOLDS, (run) => [run.check, run.title]),
  file: texts(HOLDS, (run) => [run.file]),
  step: texts(HOLDS, (run) => run.attempts.flatMap(({ steps = [] }) => steps.map((s) => s.name))),
  account: listed((run) => [run.account]),
  worker: listed((run) => run.attempts.map(({ worker }) => worker)),
  tag: listed((run) => run.tags),
};
const MOST_NAMED = 12;
// An address is no key with a value.
const TERM = /(!?)(?:(?:(@)|([a-z]+):(?!\/\/))(?:"([^"]*)"?|(\S*))|"([^"]*)"?|(\S+))/giu;

// A function that tells whether a run matches, and what is to be said of the query: a term
// that is not understood, or not typed to its end, is left out.
function parseQuery(query, runs) {
  const tests = [];
  const problems = [];
  for (const [, not, at, key, quotedValue, value, phrase, word] of query.matchAll(TERM)) {
    if (word === "!") continue;
    const whole = quotedValue ?? phrase;
    const values = (whole === undefined ? (value ?? word).split(",") : [whole])
      .map((text) => text.toLowerCase())
      .filter(Boolean);
    const test = termTest(at ? "tag" : key?.toLowerCase(), values, { runs, problems });
    if (test) tests.push(not ? (run) => !test(run) : test);
  }
  return { matches: (run) => tests.every((test) => test(run)), problems };
}

function termTest(key, values, context) {
  if (key === undefined) {
    return values.length ? (run) => values.some((value) => run.words.includes(value)) : null;
  }
  if (!Object.hasOwn(KEYS, key)) {
    const known = Object.keys(KEYS).join(", ");
    context.problems.push(`There is no ${key}: to search for (${known}).`);
    return null;
  }
  return KEYS[key](key, values, context);
}

// Values of a closed list: part of one is enough while it is typed.
function named(list) {
  return (key, values, { problems }) => {
    const names = Object.keys(list);
    const known = names.filter((name) => values.some((value) => name.startsWith(value)));
    const odd = values.filter((value) => !names.some((name) => name.startsWith(value)));
    if (odd.length) problems.push(`${key}: is one of ${names.join(", ")}, not ${odd.join(", ")}.`);
    if (!values.length) problems.push(`${key}: is one of ${names.join(", ")}.`);
    return known.length ? (run) => known.some((name) => list[name](run)) : null;
  };
}

// Where no run before any of these is known, that is why nothing is new.
function compared(test) {
  return (key, values, context) => {
    const asked = values.some((value) => ["new", "fixed"].some((name) => name.startsWith(value)));
    if (asked && !context.runs.some((run) => run.compared)) {
      context.problems.push("No run before these is known, to tell what is new or fixed.");
    }
    return test(key, values, context);
  };
}

// Values that are few in a report, so that those it has can be told where one is not there.
function listed(of) {
  const found = texts(BEGINS, (run) => of(run).filter(Boolean));
  return (key, values, context) => {
    const { runs, problems } = context;
    const odd = values.filter((value) => !runs.some(found(key, [value], context)));
    if (odd.length || !values.length) {
      const all = [...new Set(runs.flatMap(of))].filter(Boolean).sort();
      const few = all.slice(0, MOST_NAMED).join(", ") + (all.length > MOST_NAMED ? ", …" : "");
      const told = odd.length ? `No run here has ${key}:${odd.join(",")}` : `${key}: needs a value`;
      problems.push(`${told} (${few || "none has any"}).`);
    }
    return found(key, values, context);
  };
}

function texts(fits, of) {
  return (key, values) =>
    values.length
      ? (run) => of(run).some((text) => values.some((value) => fits(text, value)))
      : null;
}
