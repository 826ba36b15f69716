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
  is: named(CHANGES),
  browser: texts(BEGINS, (run) => [run.browser.name, run.browser.engine]),
  cause: texts(BEGINS, (run) => run.attempts.map(({ cause }) => cause ?? "")),
  check: texts(HOLDS, (run) => [run.check, run.title]),
  file: texts(HOLDS, (run) => [run.file]),
  step: texts(HOLDS, (run) => run.attempts.flatMap(({ steps = [] }) => steps.map((s) => s.name))),
  account: texts(BEGINS, (run) => [run.account]),
  worker: texts(BEGINS, (run) => run.attempts.map(({ worker }) => worker ?? "")),
  tag: texts(BEGINS, (run) => run.tags),
};
const TERM = /(!?)(?:(@)|([a-z]+):)?(?:"([^"]*)"?|(\S+))/giu;

// A function that tells whether a run matches, and what of the query is not understood.
function parseQuery(query) {
  const tests = [];
  const problems = [];
  for (const [, not, at, key, quoted, bare] of query.matchAll(TERM)) {
    const value = (quoted ?? bare).toLowerCase();
    const values = quoted === undefined ? value.split(",").filter(Boolean) : [value];
    const test = termTest(at ? "tag" : key?.toLowerCase(), values, problems);
    if (test) tests.push(not ? (run) => !test(run) : test);
  }
  return { matches: (run) => tests.every((test) => test(run)), problems };
}

function termTest(key, values, problems) {
  if (key === undefined) {
    return (run) => values.some((value) => run.words.includes(value));
  }
  if (!Object.hasOwn(KEYS, key)) {
    problems.push(`There is no ${key}: to search for (${Object.keys(KEYS).join(", ")}).`);
    return null;
  }
  return KEYS[key](key, values, problems);
}

// Values of a closed list: part of one is enough while it is typed.
function named(list) {
  return (key, values, problems) => {
    const names = Object.keys(list);
    const known = names.filter((name) => values.some((value) => name.startsWith(value)));
    const odd = values.filter((value) => !names.some((name) => name.startsWith(value)));
    if (odd.length) problems.push(`${key}: is one of ${names.join(", ")}, not ${odd.join(", ")}.`);
    return known.length ? (run) => known.some((name) => list[name](run)) : null;
  };
}

function texts(fits, of) {
  return (key, values) => (run) =>
    of(run).some((text) => values.some((value) => fits(text, value)));
}
