// The console's one script: the live feed and the progress of a check or replay. Texts become text nodes and nothing else, so that
// no record can become markup. Without it every page still works; the feed then stands still.
"use strict";

const make = (name, classes, ...children) => {
  const node = document.createElement(name);
  if (classes) node.className = classes;
  node.append(...children.filter((child) => child !== null));
  return node;
};

const link = (href, ...children) => {
  const node = make("a", "", ...children);
  node.href = href;
  return node;
};

// A text in pieces: what was matched is marked, what cannot be seen is a label.
const pieces = (list) =>
  list.map((piece) => {
    let node = document.createTextNode(piece.text);
    if (piece.hidden) {
      node = make("span", "hid", node);
      node.title = piece.hidden;
    }
    if (piece.mark) {
      node = make("mark", "", node);
      node.title = piece.mark;
    }
    return node;
  });

const cell = (label, classes, ...children) => {
  const node = make("td", classes, ...children);
  node.dataset.label = label;
  return node;
};

const note = (text) => make("span", "note", text);
const none = (text) => make("span", "none", text);

// The same row as the template `row` of macros.html.
const row = (one) => {
  const time = make("time", "", make("span", "day", one.day), " " + one.clock);
  time.dateTime = one.time;
  const when = link(`/record/${one.seq}`, time);
  when.title = `record ${one.seq}, ${one.time}`;
  const rule = one.rule === null ? none("none") : one.rule_link ? link(one.rule_link, one.rule) : one.rule;
  const ended = [];
  if (one.status !== null) ended.push(make("span", `status s${Math.floor(one.status / 100)}`, String(one.status)), " ");
  if (one.ended !== "complete") ended.push(note(one.ended));
  if (one.refused) ended.push(" ", note("model refused"));
  if (one.late) ended.push(" ", note("late"));
  return make(
    "tr",
    "fresh",
    cell("Time", "when", when),
    cell("Action", "", make("span", `action ${one.action}`, one.action), one.monitored ? " " : null, one.monitored ? note("monitor") : null),
    cell("Rule", "rule", rule),
    cell("Text", "said", one.text.length ? make("bdi", "", ...pieces(one.text)) : none("not captured")),
    cell("Model", "model", make("bdi", "", one.model || "(none)"), " ", make("span", "minor", make("bdi", "", one.tenant))),
    cell("Ended", "ended", ...ended),
    cell("Took", "number", one.total),
  );
};

const LONGEST = 200;

const live = (root) => {
  const feed = document.getElementById("feed");
  const state = root.querySelector("[data-state]");
  const pause = root.querySelector("[data-pause]");
  const told = document.querySelector("[data-told]");
  const skipped = document.querySelector("[data-skipped]");
  const empty = document.querySelector("[data-empty]");
  let waiting = [];
  let news = 0;
  let missed = 0;
  const paused = () => pause.getAttribute("aria-pressed") === "true";
  const say = (text, on) => {
    state.textContent = text;
    state.classList.toggle("on", on);
  };
  const show = (rows) => {
    for (const one of rows) feed.prepend(row(one));
    while (feed.rows.length > LONGEST) feed.rows[feed.rows.length - 1].remove();
    if (rows.length) empty.hidden = true;
    news += rows.length;
  };
  // A screen reader is told how many came, not each of them.
  setInterval(() => {
    if (news) told.textContent = news === 1 ? "One new exchange" : `${news} new exchanges`;
    news = 0;
  }, 5000);
  pause.hidden = false;
  pause.addEventListener("click", () => {
    const now = !paused();
    pause.setAttribute("aria-pressed", String(now));
    pause.textContent = now ? "Go on" : "Pause";
    if (now) return say("paused", false);
    show(waiting);
    waiting = [];
    say("live", true);
  });
  const source = new EventSource("/live/events?q=" + encodeURIComponent(root.dataset.q));
  source.addEventListener("open", () => say(paused() ? "paused" : "live", !paused()));
  source.addEventListener("rows", (event) => {
    const { rows, skipped: more } = JSON.parse(event.data);
    missed += more;
    if (missed) {
      skipped.hidden = false;
      skipped.textContent = `${missed} more came too fast to be shown one by one; the search has them.`;
    }
    if (paused()) waiting = waiting.concat(rows).slice(-LONGEST);
    else show(rows);
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) say("ended: log in again, or open the page anew", false);
    else say("connection lost, trying again", false);
  });
};

// A check or a replay that runs: how far it is, and the page anew at its end.
const progress = async (root) => {
  const bar = root.querySelector("progress");
  const percent = root.querySelector("[data-percent]");
  for (;;) {
    const response = await fetch(root.dataset.progress, { headers: { accept: "application/json" } });
    if (!response.ok) return location.reload();
    const { running, done, total } = await response.json();
    if (!running) return location.reload();
    if (total) {
      bar.value = Math.floor((done * 100) / total);
      percent.textContent = `${bar.value} %`;
    }
    await new Promise((done) => setTimeout(done, 400));
  }
};

const root = document.querySelector("[data-live]");
if (root) live(root);
const running = document.querySelector("[data-progress]");
if (running) progress(running);
const answer = document.getElementById("answer");
if (answer) answer.scrollIntoView({ block: "start" });
