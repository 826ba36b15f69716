// The live chat. What was said lies on the server: a lost connection, or a reload, only
// asks again for what came after the last line seen.

const panel = document.querySelector("[data-chat]");
if (panel && "WebSocket" in window) start();

function start() {
  const part = (name) => panel.querySelector(`[data-chat-${name}]`);
  const log = part("log");
  const form = part("form");
  const field = form.querySelector("textarea");
  const begin = part("begin");
  const state = part("state");
  const typing = part("typing");
  const ended = part("ended");

  let number = panel.dataset.chat;
  let seen = Number(log.dataset.seen);
  const session = new BroadcastChannel("session");
  let socket = null;
  let wanted = false;
  let attempts = 0;
  let trouble = "";
  let retry = 0;
  const unconfirmed = new Map(); // key to text, in the order of writing

  const tell = (text) => { state.textContent = text; };
  const show = (element, visible) => { element.hidden = !visible; };

  function connect() {
    clearTimeout(retry);
    wanted = true;
    tell(trouble || "Connecting…");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/support/chat/`);
    socket.addEventListener("open", () => send({ type: "hello", conversation: number, seen }));
    socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => lost(event.code));
  }

  function send(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function hear(message) {
    if (message.type === "conversation") joined(message.number);
    if (message.type === "message") line(message);
    if (message.type === "typing") show(typing, true);
    if (message.type === "refused") refused(message);
    if (message.type === "ended") over(message.number);
  }

  function joined(which) {
    attempts = 0;
    trouble = "";
    if (which !== number) {
      number = which;
      seen = 0;
      log.replaceChildren();
    }
    tell("You are connected.");
    show(begin, false);
    show(ended, false);
    show(form, true);
    for (const [key, text] of unconfirmed) send({ type: "say", key, text });
  }

  function line({ position, author, text, at, key }) {
    // Who writes is there: session.js, here and in other tabs, begins the idle time anew.
    if (unconfirmed.delete(key)) session.postMessage("used");
    if (position <= seen) return;
    seen = position;
    if (author === "agent") show(typing, false);
    const item = part("line").content.firstElementChild.cloneNode(true);
    const mine = author === "provider";
    item.classList.add(author);
    item.querySelector("[data-name]").textContent = mine ? "You" : panel.dataset.agent;
    item.querySelector("[data-text]").textContent = text;
    const time = item.querySelector("time");
    time.dateTime = at;
    time.textContent = `${at.slice(11, 16)} UTC`;
    log.append(item);
    log.scrollTop = log.scrollHeight;
  }

  function refused({ reason, key }) {
    const text = unconfirmed.get(key);
    unconfirmed.delete(key);
    if (text && !field.value) field.value = text;
    tell(reason);
  }

  function over(which) {
    wanted = false;
    number = "";
    seen = 0;
    unconfirmed.clear();
    socket.close();
    tell("This chat is over.");
    show(form, false);
    show(typing, false);
    show(ended, true);
    part("transcript").href = `/support/chats/${which}/transcript.txt`;
    begin.textContent = "Start a new chat";
    show(begin, true);
  }

  function lost(code) {
    show(typing, false);
    if (!wanted) return;
    if (code === 4401) {
      wanted = false;
      show(form, false);
      tell("Your session has ended. Sign in again to go on with the chat.");
      return;
    }
    // At once, then ever more slowly, and not all browsers in the same moment.
    const wait = Math.min(30, 2 ** attempts) * 500 * (1 + Math.random());
    attempts += 1;
    // A handshake that is refused does not tell the reason: the first one known holds.
    if (code === 1013) trouble = "The portal is under maintenance. Your chat goes on afterwards.";
    trouble ||= "Connection lost. Trying again…";
    tell(trouble);
    retry = setTimeout(connect, wait);
  }

  function say() {
    const text = field.value.trim();
    if (!text) {
      tell("Enter a message.");
      return;
    }
    const key = identifier();
    unconfirmed.set(key, text);
    field.value = "";
    send({ type: "say", key, text });
  }

  // crypto.randomUUID is there on secure origins only.
  function identifier() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    // With hyphens, as the server says it again: that is how it is known to be confirmed.
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say();
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      say();
    }
  });
  begin.addEventListener("click", () => {
    connect();
    // The button goes away: the focus must not get lost with it.
    log.focus();
  });
  part("end").addEventListener("click", () => {
    send({ type: "end" });
    log.focus();
  });
  window.addEventListener("online", () => { if (wanted && socket.readyState > 1) connect(); });

  show(part("offline"), false);
  if (number) connect();
  else show(begin, true);
}
