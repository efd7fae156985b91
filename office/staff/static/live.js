// Follows a one-time code: how it stands is shown as it changes. Without this the page's link asks again.
"use strict";
{
  const live = document.getElementById("live");
  if (live) {
    const part = (name) => document.getElementById("live-" + name);
    const source = new EventSource(live.dataset.live);
    part("reload").hidden = true;
    source.addEventListener("message", (event) => {
      const now = JSON.parse(event.data);
      live.dataset.state = now.state;
      if (part("text").textContent !== now.text) part("text").textContent = now.text;
      if (part("decline").textContent !== now.decline) part("decline").textContent = now.decline;
      part("decline").hidden = !now.decline;
      part("number").textContent = now.receipt;
      part("receipt").hidden = !now.receipt;
      for (const one of document.querySelectorAll("[data-open]")) one.hidden = !now.open;
      for (const one of document.querySelectorAll("[data-again]")) one.hidden = now.open || !now.over || Boolean(now.receipt);
      if (now.over) source.close();
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) part("reload").hidden = false; // locked, or signed out
    });
  }
}
