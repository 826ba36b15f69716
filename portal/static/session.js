// Warns before a session ends, lets it go on, and takes what is on the screen away at its end.
// Tabs tell each other: one that is used keeps them all, and one that signs out ends them all.

const dialog = document.querySelector("[data-session-warning]");
const channel = new BroadcastChannel("session");
const SIGNING_OUT = "signing-out";

for (const form of document.querySelectorAll("[data-sign-out]")) {
  form.addEventListener("submit", () => sessionStorage.setItem(SIGNING_OUT, "1"));
}

if (dialog) {
  const { idle, atMost, warning, over } = dialog.dataset;
  const find = (name) => dialog.querySelector(`[data-${name}]`);
  const endsAt = Date.now() + atMost * 1000;
  let idleAt;

  // By the clock, not by counting: timers stand still while a computer sleeps.
  const secondsLeft = () => Math.ceil((Math.min(idleAt, endsAt) - Date.now()) / 1000);

  const words = (seconds) => {
    const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
    const part = (number, unit) => (number ? `${number} ${unit}${number === 1 ? "" : "s"}` : "");
    return [part(minutes, "minute"), part(rest, "second")].filter(Boolean).join(" ") || "0 seconds";
  };

  const used = () => {
    idleAt = Date.now() + idle * 1000;
    find("failed").hidden = true;
    if (dialog.open) dialog.close();
  };

  const leave = (reason) => {
    const wanted = location.pathname + location.search;
    location.replace(`${over}?${new URLSearchParams({ reason, next: wanted })}`);
  };

  const warn = () => {
    const isIdle = idleAt < endsAt;
    find("when-idle").hidden = !isIdle;
    find("when-at-most").hidden = isIdle;
    find("stay").hidden = !isIdle;
    dialog.showModal();
    // Neither button has the focus: somebody is typing, and a space would press it.
    dialog.querySelector("h2").focus();
    find("announcement").textContent = `Time left: ${words(secondsLeft())}`;
  };

  const look = () => {
    const left = secondsLeft();
    if (left < 0) {
      // The server's clock may be a little behind.
      leave("session-ended");
      return;
    }
    if (left <= Number(warning) && !dialog.open && !dialog.dataset.dismissed) warn();
    if (dialog.open) {
      find("countdown").textContent = words(Math.max(0, left));
      // Read out now and then; each second would drown everything else.
      if (left % 30 === 0 || left === 10) {
        find("announcement").textContent = `Time left: ${words(Math.max(0, left))}`;
      }
    }
  };

  find("stay").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(event.target.action, {
        method: "POST",
        body: new FormData(event.target),
        redirect: "manual",
      });
      // Anything but the answer means that the session is no more.
      if (!answer.ok) return leave("session-ended");
      used();
      channel.postMessage("used");
    } catch {
      find("failed").hidden = false;
    }
  });
  // Escape says that somebody is there. At the longest time it only closes the dialog.
  dialog.addEventListener("cancel", (event) => {
    if (find("stay").hidden) {
      dialog.dataset.dismissed = "1";
      return;
    }
    event.preventDefault();
    find("stay").requestSubmit();
  });

  channel.addEventListener("message", ({ data }) => {
    if (data === "used") used();
    if (data === "signed-out") leave("signed-out");
  });
  // The page itself was a request; one that comes back by the back button was none.
  used();
  channel.postMessage("used");
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 1000);
} else if (sessionStorage.getItem(SIGNING_OUT)) {
  // The page after the sign-out: it is done only now.
  sessionStorage.removeItem(SIGNING_OUT);
  channel.postMessage("signed-out");
}
