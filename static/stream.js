// @ts-check
// What every page with a stream of events does: it goes where the server sends it.
document.addEventListener("goto", (event) => {
  const url = event instanceof CustomEvent ? event.detail?.data : undefined;
  if (typeof url === "string" && /^\/(?!\/)/.test(url)) location.assign(url);
});
