// @ts-check
/** What happens to the page itself: hidden, shown, put to sleep, cut off, closed. */

/** The page's two clocks disagree by more than this (milliseconds): the machine slept. */
const SLEPT = 1000;
/** Nothing ran for so long (milliseconds) in a page that is shown: it was stopped. */
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

/** Nobody touches the screen of a phone while playing with a keyboard, nor while waiting: it must not go dark. */
async function keepAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // Refused, as with a low battery: then it goes dark.
  }
}
