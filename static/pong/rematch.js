// @ts-check
/**
 * The page of a match that has just ended: says that the other side would like a rematch, and goes there when both agree.
 *
 * For two minutes, as long as the server keeps the match, it listens to it through `<p data-rematch="/live/…"
 * data-rematch-offered="{name} would like …">`. Asking is the form beside it, which works without this script.
 */

import { fill } from "./board.js";
import { Link } from "./net.js";

/** @param {HTMLElement} place */
function listen(place) {
  /** @type {number[]} */
  let own = [];
  /** @type {string[]} */
  let names = [];
  const link = new Link(new URL(place.dataset.rematch ?? "", location.href.replace(/^http/, "ws")).href, {
    message(message) {
      if (message.t === "join") {
        own = message.you;
        names = message.seats.map((seat) => seat.name);
      } else if (message.t === "rematch" && !own.includes(message.s)) {
        place.textContent = fill(place.dataset.rematchOffered ?? "", { name: names[message.s] });
      } else if (message.t === "goto") {
        link.stop();
        location.assign(message.url);
      }
    },
    lost: () => undefined,
    closed: () => undefined,
  });
  link.connect();
  addEventListener("pageshow", (event) => event.persisted && link.connect());
}

const place = document.querySelector("[data-rematch]");
if (place instanceof HTMLElement) listen(place);
