// Conveniences only: every page works without them.

// The summary of what is wrong is read out and seen first.
document.querySelector("[data-error-summary]")?.focus();

// A link in the summary leads into the field, not just to it.
for (const link of document.querySelectorAll("[data-error-summary] a")) {
  link.addEventListener("click", (event) => {
    const field = document.querySelector(link.hash);
    if (field) {
      event.preventDefault();
      field.focus();
    }
  });
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.firstChild.data = visible ? "Hide" : "Show";
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  // A browser keeps what is typed into text fields: hide it again before it is sent.
  field.form.addEventListener("submit", () => show(false));
}

// A second click must not send a one-time code twice.
for (const form of document.querySelectorAll("[data-submit-once]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  // Back to this page by the back button: it can be sent again.
  window.addEventListener("pageshow", () => { sent = false; });
}

for (const menu of document.querySelectorAll("[data-menu]")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
