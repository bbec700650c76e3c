// @ts-check
// The theme: system, light or dark; remembered in this browser. Loaded in <head> as a classic script, before the first paint, so
// that a page never flashes in the wrong theme. The switches are groups of buttons:
//   <div class="switch theme-switch" role="group" aria-label="Theme">
//     <button type="button" data-theme-choice="system" aria-pressed="true">…</button> …
(() => {
  "use strict";
  const KEY = "theme";
  const root = document.documentElement;

  /** @returns {"system" | "light" | "dark"} What was chosen in this browser. */
  function chosen() {
    try {
      const value = localStorage.getItem(KEY);
      return value === "light" || value === "dark" ? value : "system";
    } catch {
      return "system"; // storage is denied: the theme then lasts as long as the page
    }
  }

  /** @param {string} choice Remembers it; "system" stores nothing. */
  function remember(choice) {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // see chosen()
    }
  }

  /** @param {string} choice Shows it in the page and in every switch. */
  function show(choice) {
    if (choice === "system") delete root.dataset.theme;
    else root.dataset.theme = choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-theme-choice") === choice));
    }
  }

  root.dataset.js = "";
  show(chosen());
  document.addEventListener("DOMContentLoaded", () => show(chosen()));
  window.addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) show(chosen());
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-theme-choice]") : null;
    const choice = target?.getAttribute("data-theme-choice");
    if (choice) {
      remember(choice);
      show(choice);
    }
  });
})();
