// Elements, and values as people read them. What a portal wrote is text, never markup.

const SVG = "http://www.w3.org/2000/svg";
const SVG_NAMES = new Set(["svg", "use", "rect"]);

// An element; attributes that are null or false are left out, "on…" are listeners.
function h(name, attributes = {}, ...children) {
  const made = SVG_NAMES.has(name)
    ? document.createElementNS(SVG, name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function icon(tone) {
  return h(
    "svg",
    { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    h("use", { href: `#icon-${tone}` }),
  );
}

function badge(run) {
  const word = run.flaky ? "Flaky" : OUTCOMES[run.outcome].word;
  const tone = run.tone ?? OUTCOMES[run.outcome].tone;
  return h("span", { class: `badge is-${tone}` }, icon(tone), word);
}

// As in the pages of the monitor: the two units that matter.
function duration(seconds) {
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return inUnits(whole, 60, "min", 1, "s");
  return inUnits(whole, 3600, "h", 60, "min");
}

function inUnits(seconds, large, largeName, small, smallName) {
  const count = Math.floor(Math.round(seconds / small) / (large / small));
  const rest = Math.round(seconds / small) % (large / small);
  return rest ? `${count} ${largeName} ${rest} ${smallName}` : `${count} ${largeName}`;
}

function clock(at) {
  return `${new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999500 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function capitalized(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

// heads: each a text and, where it has one, its column's class.
function table(kind, heads, rows) {
  const cells = heads.map(([text, column]) => h("th", { scope: "col", class: column }, text));
  return h(
    "table",
    { class: kind },
    h("thead", {}, h("tr", {}, cells)),
    h("tbody", {}, rows),
  );
}

function copyButton(text) {
  const button = h("button", { type: "button", class: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  });
  return button;
}

// A command to copy. Where the browser allows no copying there is no button.
function command(text) {
  return h("p", { class: "command" }, h("code", {}, text), navigator.clipboard && copyButton(text));
}
