// Counts down to when another code may be asked for; the page says it without this, too.
for (const line of document.querySelectorAll("[data-wait]")) {
  const until = Date.now() + Number(line.dataset.wait) * 1000;
  const tick = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      line.querySelector("[data-seconds]").textContent = `${left} second${left === 1 ? "" : "s"}`;
    } else {
      clearInterval(tick);
      line.textContent = "You can ask for a new code now.";
    }
  }, 500);
}
