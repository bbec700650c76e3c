// @ts-check
// The page of an invitation: copies its link.
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
