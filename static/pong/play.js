// @ts-check
/**
 * The match page: connects the link, the match, the picture, the controls and the sounds.
 *
 * It works on `main.match` of `templates/live/play.html`, with addresses and texts in its data attributes. The canvas reports its
 * status in data attributes of its own, for tests and anyone else.
 */

import { Board, fill, find } from "./board.js";
import { Controls } from "./controls.js";
import { Picture } from "./draw.js";
import { Match } from "./match.js";
import { Link } from "./net.js";
import { Beeper } from "./sound.js";
import { SUB } from "./rules.js";
import { HIT, WALL } from "./step.js";
import { connectTools } from "./tools.js";
import { watchPage } from "./watch.js";

/** @typedef {import("./net.js").FromServer} FromServer */
/** @typedef {import("./match.js").View} View */
/** @typedef {"connecting" | "reconnecting" | "taken" | "fault" | import("./match.js").Phase} Stage */

/** Time after the end until the result loads by itself, unless a rematch is being arranged; in milliseconds. */
const RESULT_AFTER = 6000;
/** A break shorter than this (milliseconds) is not worth a message. */
const SHORT_BREAK = 400;
/** After this many failed attempts the page says that the site cannot be reached, and checks that the match still exists. */
const MANY_ATTEMPTS = 6;

const root = find(document, "main.match");
/** @type {HTMLCanvasElement} */
const canvas = find(root, "canvas");
/** @type {import("./board.js").Texts} */
const texts = JSON.parse(root.dataset.texts ?? "{}");

const board = new Board(root, texts);
const sound = new Beeper();
/** @type {Picture | null} */
let picture = null;
/** @type {"taken" | "fault" | null} */
let closed = null;
/** Page time at which the connection broke, or was first tried. @type {number | null} */
let broken = performance.now();
let joins = 0;
let errors = 0;
let leaving = false;
let counted = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resultTimer;

const link = new Link(new URL(root.dataset.socket ?? "", location.href.replace(/^http/, "ws")).href, {
  message: received,
  lost(attempts) {
    broken ??= performance.now();
    match.lost(serverTime());
    if (attempts % MANY_ATTEMPTS === 0) void lookForMatch();
  },
  closed(code) {
    match.lost(serverTime());
    if (code === 4005) void leadToResult();
    else closed = code === 4001 ? "taken" : "fault";
  },
});
const match = new Match(
  (message) => link.send(message),
  () => link.ping(),
);
const controls = new Controls(find(root, "[data-surface]"), {
  seats: () => match.you,
  paddle: (seat) => match.paddle(seat, serverTime()),
  get stride() {
    return (match.game?.rules.paddle.speed ?? 0) / SUB;
  },
  place: (event) => picture?.place(event) ?? { x: 0, y: 0 },
  steer: (seat, direction) => match.steer(seat, direction, serverTime()),
});

function serverTime() {
  return link.clock.now(performance.now());
}

/** @param {FromServer} message @param {number} local */
function received(message, local) {
  const before = match.score;
  match.receive(message, local, link.clock.now(local));
  if (message.t === "join") joined(message.rules);
  else if (message.t === "point") pointScored(before, message.score);
  else if (message.t === "end") ended(message);
  else if (message.t === "rematch") rematchOffered(message.s);
  else if (message.t === "goto") goTo(message.url);
  // Nothing is drawn in a hidden page, but its status attributes stay true.
  if (document.hidden) frame(local);
}

/** @param {import("./rules.js").Rules} rules */
function joined(rules) {
  joins += 1;
  broken = null;
  closed = null;
  picture ??= new Picture(canvas, rules);
  board.score(match.score);
  for (const pads of root.querySelectorAll("[data-pads]")) {
    pads.toggleAttribute("hidden", !match.you.includes(Number(pads.getAttribute("data-pads"))));
  }
  if (document.hidden) link.send({ t: "away" });
  if (leaving) link.send({ t: "leave" });
}

/** @param {number[]} before @param {number[]} score */
function pointScored(before, score) {
  const seat = score.findIndex((points, i) => points !== before[i]);
  board.score(score);
  sound.play("point");
  board.say(fill(texts.point, { name: nameOf(seat), left: score[0], right: score[1] }));
}

/** @param {Extract<FromServer, {t: "end"}>} end */
function ended(end) {
  board.score(end.score);
  const winner = end.winner;
  const played = end.why !== "no_show" && end.why !== "aborted";
  const nobody = played ? texts.endedNobody : texts.endedUnplayed;
  const won = winner !== null && match.you.length === 1 && match.you.includes(winner);
  board.put(
    "[data-ended]",
    winner === null ? nobody : won ? texts.endedWon : fill(texts.ended, { name: nameOf(winner) }),
  );
  const [text, about] = whyEnded(end);
  const name = about === null ? "" : nameOf(about);
  board.put("[data-ended-text]", fill(text, { name, left: end.score[0], right: end.score[1] }));
  if (winner !== null) sound.play(match.you.length !== 1 || match.you.includes(winner) ? "win" : "loss");
  for (const dialog of root.querySelectorAll("dialog")) dialog.close();
  resultTimer = setTimeout(showResult, RESULT_AFTER);
}

/**
 * The text that says how the match ended, and the seat that it is about.
 * @param {Extract<FromServer, {t: "end"}>} end @returns {[string, number | null]}
 */
function whyEnded({ why, winner, missing = [] }) {
  if (why === "aborted") return [texts.endedAborted, null];
  if (why === "no_show") {
    if (missing.some((seat) => match.you.includes(seat))) return [texts.endedLate, null];
    return missing.length === 1 ? [texts.endedMissing, missing[0]] : [texts.endedNoneCame, null];
  }
  if (winner !== null) {
    const text = { score: texts.endedScore, forfeit: texts.endedForfeit, left: texts.endedLeft, abandoned: "" }[why];
    return [text, 1 - winner];
  }
  if (match.seats.some((seat) => seat.kind === "alias")) return [texts.endedStopped, null];
  const bot = match.seats.findIndex((seat) => seat.kind === "bot");
  return bot < 0 ? [texts.endedBoth, null] : [texts.endedForfeit, 1 - bot];
}

function showResult() {
  clearTimeout(resultTimer);
  link.stop();
  location.replace(root.dataset.result ?? "/");
}

/** Shows the result of a match that is over or unknown here, unless it leads back to this page: that would loop forever. */
async function leadToResult() {
  try {
    const answer = await fetch(root.dataset.result ?? "/", { cache: "no-store" });
    if (answer.ok && !answer.url.endsWith("/play")) return showResult();
  } catch {
    // Not reachable.
  }
  closed = "fault";
}

/** @param {number} seat */
function nameOf(seat) {
  return find(root, `[data-name="${seat}"]`).textContent ?? "";
}

/** @param {number} seat */
function rematchOffered(seat) {
  clearTimeout(resultTimer);
  const own = match.you.includes(seat);
  talkOfRematch(own ? texts.rematchAsked : fill(texts.rematchOffered, { name: nameOf(seat) }));
}

/** @param {string} text */
function talkOfRematch(text) {
  find(root, "[data-rematch]").hidden = false;
  board.put("[data-rematch]", text);
  board.say(text);
}

async function askRematch() {
  clearTimeout(resultTimer);
  talkOfRematch(texts.rematchAsked);
  try {
    const answer = await fetch(root.dataset.rematchUrl ?? "", { method: "POST" });
    if (!answer.ok) talkOfRematch(texts.rematchFailed);
    else if (answer.redirected && answer.url.endsWith("/play")) goTo(answer.url);
    else talkOfRematch(noticeOf(await answer.text()) ?? texts.rematchAsked);
  } catch {
    talkOfRematch(texts.rematchFailed);
  }
}

/**
 * The outcome, from the page that a browser without scripts would be redirected to: asked, or nobody is there to ask.
 * @param {string} html
 */
function noticeOf(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector('.notice[role="status"] p')?.textContent;
}

/** @param {string} url */
function goTo(url) {
  clearTimeout(resultTimer);
  link.stop();
  location.assign(url);
}

/** Requests this page again to see whether the match is still played here: it may be over, or the person logged out. */
async function lookForMatch() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.redirected) location.replace(answer.url);
    else if (answer.status === 404 || answer.status === 403) location.reload();
  } catch {
    // Not reachable either: keep trying.
  }
}

/** @returns {Stage} */
function stage() {
  if (match.end) return "finished";
  if (closed) return closed;
  if (!match.joined) return "connecting";
  return broken === null ? match.phase(serverTime()) : "reconnecting";
}

/** Updates what covers the court. @param {Stage} now */
function overlay(now) {
  const lasting = broken !== null && performance.now() - broken > SHORT_BREAK;
  if (now === "connecting") return lasting ? "reconnecting" : "connecting";
  return now === "reconnecting" && !lasting ? "live" : now;
}

/** Updates the texts in what covers the court. @param {Stage} now */
function describe(now) {
  const away = match.seats.findIndex((seat) => !seat.on);
  if (now === "waiting") {
    const missing =
      away >= 0 && !match.you.includes(away) ? away : match.seats.findIndex((_, seat) => !match.you.includes(seat));
    if (missing >= 0) board.put("[data-waiting]", fill(texts.waiting, { name: nameOf(missing) }));
  } else if (now === "held") {
    const own = match.you.includes(away);
    board.put(
      "[data-held]",
      away < 0 ? texts.resuming : own ? texts.heldYou : fill(texts.held, { name: nameOf(away) }),
    );
    if (away >= 0) board.absent(match.left(away, serverTime()));
  } else if (now === "reconnecting") {
    board.put("[data-reconnecting]", link.attempts >= MANY_ATTEMPTS ? texts.unreachable : texts.reconnectingText);
  }
}

/** @param {number} now page time of this frame */
function frame(now) {
  controls.update();
  const server = link.clock.now(now);
  link.clock.still = !match.joined || match.still(server);
  match.trip = link.clock.rtt === null ? null : link.clock.rtt + 2 * link.clock.jitter;
  const current = stage();
  const view = match.view(server);
  if (view && picture) {
    const dim = current !== "live" && current !== "countdown";
    picture.draw({ ...view, own: match.you, hits: view.events & HIT, dim, counting: current === "countdown" }, now);
    beep(view, current === "countdown" ? view.seconds : 0);
  }
  describe(current);
  board.phase(overlay(current));
  match.seats.forEach((seat, i) => {
    const trip = match.trips[i] ?? (match.you[0] === i ? link.clock.rtt : null);
    const timed = current !== "waiting" && current !== "finished";
    board.seat(i, seat, trip, timed ? match.left(i, server) : null);
  });
  report(current, view);
}

/** @param {View} view @param {number} seconds */
function beep(view, seconds) {
  if (view.events & HIT) sound.play("hit");
  else if (view.events & WALL) sound.play("wall");
  board.count(seconds);
  if (seconds && seconds !== counted) sound.play("count");
  else if (!seconds && counted && view.phase === "live") sound.play("go");
  counted = seconds;
}

/** Writes the canvas's status attributes. @param {Stage} phase @param {View | null} view */
function report(phase, view) {
  /** @type {Record<string, string | number>} */
  const facts = { phase, seat: match.you.join(","), resyncs: match.resyncs, joins, errors };
  if (view) {
    facts.score = view.score.join("-");
    facts.tick = Math.floor(view.tick);
    facts.ballX = view.ball.x.toFixed(1);
    facts.ballY = view.ball.y.toFixed(1);
    facts.paddles = view.paddles.map((y) => y.toFixed(1)).join(",");
    facts.correctionsMax = match.jump.toFixed(1);
    facts.delay = match.delay.toFixed(1);
  }
  for (const [name, value] of Object.entries(facts)) {
    if (canvas.dataset[name] !== String(value)) canvas.dataset[name] = String(value);
  }
}

addEventListener("error", () => (errors += 1));
addEventListener("unhandledrejection", () => (errors += 1));
for (const pad of root.querySelectorAll("[data-steer]")) {
  const side = pad.getAttribute("data-seat") === "0" ? "left" : "right";
  controls.button(/** @type {HTMLElement} */ (pad), side, pad.getAttribute("data-steer") === "-1" ? -1 : 1);
}
connectTools(root, {
  sound,
  release: () => controls.releaseAll(),
  leave() {
    leaving = true;
    link.send({ t: "leave" });
  },
  take() {
    broken = performance.now();
    closed = null;
    link.connect();
  },
  rematch: () => void askRematch(),
});
watchPage(
  link,
  () => !leaving && match.you.length > 0 && ["countdown", "live", "held", "reconnecting"].includes(stage()),
);
link.connect();
requestAnimationFrame(function loop(now) {
  frame(now);
  requestAnimationFrame(loop);
});
