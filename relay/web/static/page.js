// Keeps the page fresh: asks every few seconds for its live part, and puts it in place of the old one.
"use strict";

const EVERY = 3000;
const live = document.getElementById("live");
const connection = document.getElementById("connection");
const filter = document.getElementById("filter");
let asked = 0;

function address() {
  const query = new URLSearchParams(filter ? new FormData(filter) : location.search);
  return query;
}

// What somebody has opened stays open, and what has the focus keeps it.
function replace(markup) {
  const open = new Set(Array.from(live.querySelectorAll("details[open]"), (one) => one.id));
  const at = document.activeElement;
  const focused = live.contains(at) ? Array.from(live.querySelectorAll("a, button, summary")).indexOf(at) : -1;
  const scrolled = scrollY;
  live.innerHTML = markup; // rendered and escaped by the server, held by the page's policy
  live.querySelectorAll("details").forEach((one) => { one.open = open.has(one.id); });
  if (focused >= 0) live.querySelectorAll("a, button, summary")[focused]?.focus({ preventScroll: true });
  scrollTo(scrollX, scrolled);
}

async function refresh() {
  const number = ++asked;
  const query = address();
  query.set("fragment", "1");
  try {
    const response = await fetch(`${location.pathname}?${query}`, { cache: "no-store" });
    if (!response.ok) throw new Error(String(response.status));
    const markup = await response.text();
    if (number !== asked) return; // somebody typed on meanwhile
    if (markup !== live.dataset.last && !getSelection().toString()) {
      replace(markup);
      live.dataset.last = markup;
    }
    document.title = live.querySelector("[data-title]").dataset.title;
    connection.textContent = "live";
    connection.className = "on";
  } catch {
    connection.textContent = "no connection, trying again";
    connection.className = "off";
  }
}

async function forever() {
  if (!document.hidden) await refresh();
  setTimeout(forever, EVERY);
}

document.documentElement.classList.add("script");
if (filter) {
  let typed;
  const apply = () => {
    const query = address();
    Array.from(query.keys()).forEach((key) => { if (!query.get(key)) query.delete(key); });
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    refresh();
  };
  filter.addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(apply, 200); });
  filter.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
  document.addEventListener("keydown", (event) => {
    const box = filter.elements.q;
    if (event.key === "/" && document.activeElement !== box) {
      event.preventDefault();
      box.focus();
    }
  });
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
forever();
