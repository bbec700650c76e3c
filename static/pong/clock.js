// @ts-check
/**
 * The server's clock, as this page estimates it from the answers to pings.
 *
 * Each answer gives a round trip and an offset (server time at the middle of the round trip, minus the page's own time). A quick
 * round trip leaves little room for error, so the estimate is the median offset of the quicker half. The clock that is shown
 * follows the estimate by running a little faster or slower, never with a jump that a player could see.
 */

/** How many answers are remembered. */
const KEPT = 16;
/** An answer is forgotten after this many milliseconds, so that the clock adapts to a new network. */
const MAX_AGE = 45_000;
/** Share of real time by which the shown clock may run fast or slow while it follows the estimate. */
const SLEW = 0.02;
/** The same, while it is off by more than [`FAR`] milliseconds. */
const SLEW_FAR = 0.08;
const FAR = 60;
/** Beyond this error (milliseconds) following would take too long: the clock is set at once. */
const SNAP = 500;
/** A server message this far off (milliseconds) tells of another clock than the one measured. */
const OTHER = 400;
/** How many answers set the clock at once when a page has just been opened. */
const FIRST = 4;

/** @param {number[]} numbers @returns {number} 0 when there are none */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

export class Clock {
  /** @type {{offset: number, rtt: number, at: number}[]} */
  #samples = [];
  #estimate = 0;
  #shown = 0;
  #at = 0;
  #set = false;
  /** While nothing moves on the screen the clock may be set freely. */
  still = true;

  /** The median round trip in milliseconds, or null before the first answer. */
  get rtt() {
    return this.#samples.length ? median(this.#samples.map((s) => s.rtt)) : null;
  }

  /** How far round trips are from their median, in milliseconds. */
  get jitter() {
    const rtt = this.rtt;
    return rtt === null ? 0 : median(this.#samples.map((s) => Math.abs(s.rtt - rtt)));
  }

  /**
   * A first estimate, from a message that carries the server's time, used until a ping is answered. When it does not fit the
   * measurements so far (the server is a different process now), they are forgotten.
   * @param {number} server milliseconds of the server @param {number} local milliseconds of the page
   */
  hint(server, local) {
    if (this.#samples.length && Math.abs(server - local - this.#estimate) < OTHER) return;
    this.reset();
    this.#estimate = server - local;
    this.#start(local);
  }

  /**
   * The answer to a ping.
   * @param {number} sent page time of the ping @param {number} local page time of the answer
   * @param {number} server server time in the answer
   */
  sample(sent, local, server) {
    const rtt = Math.max(0, local - sent);
    this.#samples.push({ offset: server - (sent + local) / 2, rtt, at: local });
    this.#samples = this.#samples.filter((s) => local - s.at < MAX_AGE).slice(-KEPT);
    const quick = [...this.#samples].sort((a, b) => a.rtt - b.rtt).slice(0, Math.ceil(this.#samples.length / 2));
    this.#estimate = median(quick.map((s) => s.offset));
    this.#start(local);
  }

  /** Forgets everything, for example after the machine has slept. */
  reset() {
    this.#samples = [];
    this.#set = false;
  }

  /**
   * Server time at a page time. It never runs backwards during play, even when calls come out of order: the time of a frame is
   * before that of a key pressed since, whose effect must be visible in that frame.
   * @param {number} page milliseconds of the page
   */
  now(page) {
    const local = Math.max(this.#at, page);
    const passed = local - this.#at;
    this.#at = local;
    const error = this.#estimate - this.#shown;
    if (this.still || this.#samples.length <= FIRST || Math.abs(error) > SNAP) {
      this.#shown = this.#estimate;
    } else {
      const most = passed * (Math.abs(error) > FAR ? SLEW_FAR : SLEW);
      this.#shown += Math.max(-most, Math.min(most, error));
    }
    return local + this.#shown;
  }

  /** @param {number} local */
  #start(local) {
    if (this.#set) return;
    this.#set = true;
    this.#shown = this.#estimate;
    this.#at = local;
  }
}
