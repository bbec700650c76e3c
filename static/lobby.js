// @ts-check
// The lobby: goes to the match that the server found, and copies an invitation's link.
document.addEventListener("goto", (event) => {
  const url = event instanceof CustomEvent ? event.detail?.data : undefined;
  if (typeof url === "string" && url.startsWith("/")) location.assign(url);
});

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
  const field = document.getElementById(button.dataset.copy ?? "");
  const label = button.querySelector("span:not(.icon)");
  if (!(field instanceof HTMLInputElement) || !label) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      label.textContent = button.dataset.copied ?? label.textContent;
    } catch {
      field.focus();
      field.select(); // refused by the browser: leave it selected, to be copied by hand
    }
  });
}
