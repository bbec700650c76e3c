// @ts-check
/** Handles what happens to the page itself: hidden, shown, put to sleep, cut off, closed. */

/** The page's two clocks disagree by more than this (milliseconds): the machine slept. */
const SLEPT = 1000;
/** When nothing ran for this long (milliseconds) in a visible page, it was stopped. */
const STOPPED = 5000;

/**
 * @param {import("./net.js").Link} link
 * @param {() => boolean} playing whether closing the page would leave a match in play
 */
export function watchPage(link, playing) {
  addEventListener("online", () => link.doubt());
  addEventListener("pageshow", (event) => event.persisted && link.doubt());
  document.addEventListener("visibilitychange", () => {
    link.send({ t: document.hidden ? "away" : "back" });
    if (document.hidden) return;
    link.doubt();
    void keepAwake();
  });
  addEventListener("beforeunload", (event) => playing() && event.preventDefault());
  watchSleep(link);
  void keepAwake();
}

/** @param {import("./net.js").Link} link */
function watchSleep(link) {
  let wall = Date.now();
  let page = performance.now();
  setInterval(() => {
    const passed = performance.now() - page;
    const slept = Math.abs(Date.now() - wall - passed) > SLEPT;
    wall = Date.now();
    page = performance.now();
    if (slept) link.measure();
    else if (passed > STOPPED && !document.hidden) link.doubt();
  }, 1000);
}

/** Keeps the screen on: nobody touches a phone while playing with a keyboard or while waiting. */
async function keepAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // Refused, for example with a low battery: then the screen goes dark.
  }
}
