// Asks each second whether anything changed, and puts the new messages in place of the old.
"use strict";

const body = document.body;
const channels = document.getElementById("channels");
const messages = document.getElementById("messages");
const live = document.getElementById("live");
const channelName = document.getElementById("channel-name");

// Only what differs is replaced, so that a selection or an opened thread elsewhere stays.
function refresh(container, markup) {
  const wanted = document.createElement("div");
  wanted.innerHTML = markup; // rendered and escaped by the server, held by the page's policy
  const old = Array.from(container.children);
  const fresh = Array.from(wanted.children);
  fresh.forEach((node, index) => {
    const current = old[index];
    if (current === undefined) {
      container.append(node);
      node.classList.add("new");
    } else if (current.outerHTML.replace(' class="message new"', ' class="message"') !== node.outerHTML) {
      current.replaceWith(node);
      node.classList.add("new");
    }
  });
  old.slice(fresh.length).forEach((node) => node.remove());
}

async function poll() {
  const query = new URLSearchParams({ since: body.dataset.version, channel: body.dataset.channel });
  const response = await fetch(`${body.dataset.state}?${query}`, { cache: "no-store" });
  if (!response.ok) throw new Error(String(response.status));
  const state = await response.json();
  live.textContent = "live";
  live.className = "on";
  if (state.messages === undefined) return;
  refresh(channels, state.channels);
  refresh(messages, state.messages);
  body.dataset.version = state.version;
  if (!body.dataset.channel && state.channel) {
    body.dataset.channel = state.channel;
    const current = channels.querySelector("[aria-current]");
    channelName.textContent = current.textContent.trim();
    document.title = `${channelName.textContent} · Tocsin sandbox`;
  }
}

// A click is sent without leaving the page; where there is no script, the form does it.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-act]")) return;
  event.preventDefault();
  const button = event.submitter;
  button.disabled = true;
  await fetch(form.action, { method: "POST", body: new FormData(form, button), redirect: "manual" });
  if (form.matches(".command")) form.reset();
  button.disabled = false;
  await poll();
});

async function forever() {
  try {
    await poll();
  } catch {
    live.textContent = "no connection, trying again";
    live.className = "off";
  }
  setTimeout(forever, 1000);
}

forever();
