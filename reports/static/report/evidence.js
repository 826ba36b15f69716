// What was kept of an attempt: beside the report in a folder, or inside it.

const base = document.documentElement.dataset.evidence; // the folder, as part of an address
// `portalwatch report --serve` says where the trace viewer is.
const viewer = document.querySelector("meta[name=portalwatch-serve]")?.content;
const inside = new Map(); // addresses of evidence that is part of the report, by path

function addressOf(item) {
  const block = document.getElementById(`evidence-${item.path}`);
  if (!block) return base + item.path.split("/").map(encodeURIComponent).join("/");
  if (!inside.has(item.path)) {
    const bytes = Uint8Array.from(atob(block.textContent.trim()), (c) => c.charCodeAt(0));
    inside.set(item.path, URL.createObjectURL(new Blob([bytes], { type: item.media_type })));
  }
  return inside.get(item.path);
}

// Not SVG: opened by itself, that is a document that may run scripts.
const PICTURE = /^image\/(png|jpeg|webp)\b/;

function evidenceView(attempt) {
  const withheld = attempt.withheld ?? [];
  const items = (attempt.evidence ?? []).map((item) => ({ media_type: "", size: 0, ...item }));
  if (!items.length && !withheld.length) return null;
  const pictures = items.filter(({ media_type }) => PICTURE.test(media_type));
  const videos = items.filter(({ kind }) => kind === "video");
  const files = items.filter((item) => !pictures.includes(item));
  return [
    ...pictures.map(pictureView),
    ...videos.map(videoView),
    files.length ? h("h4", { class: "part" }, "Files") : null,
    files.length ? h("ul", { class: "files" }, files.map(fileView)) : null,
    withheld.length
      ? h(
          "p",
          {},
          "Withheld, for a secret was found in it after masking, or it could not be looked into: ",
          withheld.join(", "),
          ". It is in ",
          h("code", {}, "var/quarantine"),
          ", which nothing publishes.",
        )
      : null,
  ];
}

function pictureView(item) {
  const address = addressOf(item);
  return h(
    "figure",
    { class: "shot" },
    h(
      "a",
      { href: address },
      h("img", { src: address, alt: `Screenshot: ${item.name}`, loading: "lazy" }),
    ),
    h("figcaption", {}, item.name),
  );
}

function videoView(item) {
  const name = { "aria-label": `Video: ${item.name}` };
  return h(
    "figure",
    { class: "shot" },
    h("video", { src: addressOf(item), controls: true, preload: "none", ...name }),
    h("figcaption", {}, item.name),
  );
}

// What a browser shows without running it. A page that a portal wrote is for downloading;
// from disk browsers open it all the same, with an origin of its own that may read nothing.
const SHOWN = /^(image\/(png|jpeg|webp)|video\/webm|text\/plain|application\/json)\b/;

function fileView(item) {
  const shown = SHOWN.test(item.media_type);
  const link = { href: addressOf(item), download: shown ? null : item.name };
  const kind = `${item.kind.replaceAll("_", " ")}, ${size(item.size)}`;
  return h(
    "li",
    {},
    h("a", link, item.name),
    h("span", { class: "quiet" }, ` ${kind}`),
    item.kind === "trace" ? traceView(item) : null,
  );
}

function traceView(item) {
  if (viewer && !document.getElementById(`evidence-${item.path}`)) {
    const trace = new URL(addressOf(item), location.href);
    const address = `${viewer}?trace=${encodeURIComponent(trace)}`;
    return h("p", {}, h("a", { href: address, target: "_blank", rel: "noopener" }, "Open the trace"));
  }
  const file = document.getElementById(`evidence-${item.path}`) ? item.name : base + item.path;
  return command(`playwright show-trace ${quoted(file)}`);
}
