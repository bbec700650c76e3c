// @ts-check
/** The buttons and dialogs of the match page, and the keys that stand for them. */

import { find } from "./board.js";

/**
 * @typedef {object} Acts what the buttons do
 * @property {import("./sound.js").Beeper} sound
 * @property {() => void} release release all keys, because a dialog opens
 * @property {() => void} leave give up the match; the player has confirmed it
 * @property {() => void} take the seat back from another tab
 * @property {() => void} rematch
 */

/** @param {HTMLElement} root `main.match` @param {Acts} acts */
export function connectTools(root, acts) {
  const sound = find(root, '[data-tool="sound"]');
  const full = find(root, '[data-tool="fullscreen"]');
  /** @type {HTMLDialogElement} */
  const leave = find(root, "#leave");
  /** @type {HTMLDialogElement} */
  const help = find(root, "#help");

  const showSound = () => {
    sound.setAttribute("aria-pressed", String(acts.sound.muted));
    sound.querySelector(".icon")?.classList.toggle("icon-sound", !acts.sound.muted);
    sound.querySelector(".icon")?.classList.toggle("icon-muted", acts.sound.muted);
  };
  const toggleSound = () => {
    acts.sound.mute(!acts.sound.muted);
    showSound();
  };
  const toggleFull = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (document.fullscreenEnabled) void root.requestFullscreen().then(turnSideways, () => undefined);
  };
  /** @param {HTMLDialogElement} dialog */
  const open = (dialog) => {
    acts.release();
    dialog.returnValue = "";
    dialog.showModal();
  };

  sound.addEventListener("click", toggleSound);
  full.hidden = !document.fullscreenEnabled;
  full.addEventListener("click", toggleFull);
  document.addEventListener("fullscreenchange", () =>
    full.setAttribute("aria-pressed", String(document.fullscreenElement !== null)),
  );
  find(root, '[data-tool="help"]').addEventListener("click", () => open(help));
  root.querySelector('[data-tool="leave"]')?.addEventListener("click", () => open(leave));
  find(root, '[data-tool="take"]').addEventListener("click", acts.take);
  root.querySelector('[data-tool="rematch"]')?.addEventListener("click", acts.rematch);
  leave.addEventListener("close", () => leave.returnValue === "leave" && acts.leave());
  addEventListener("keydown", (event) => {
    const plain = !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!plain || document.querySelector("dialog[open]")) return;
    if (event.code === "KeyM") toggleSound();
    else if (event.code === "KeyF") toggleFull();
  });
  for (const gesture of ["keydown", "pointerdown"])
    addEventListener(gesture, () => acts.sound.wake(), { capture: true });
  showSound();
}

/** Turns the screen of a phone held upright, where the court is small, if the browser lets the page do so. */
function turnSideways() {
  const orientation = /** @type {{lock?: (to: string) => Promise<void>} | undefined} */ (
    /** @type {unknown} */ (screen.orientation)
  );
  void orientation?.lock?.("landscape").catch(() => undefined);
}
