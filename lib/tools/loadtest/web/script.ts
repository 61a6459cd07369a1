/**
 * What the page does: asks for the state each second, puts the pieces that the server made into their places, and
 * sends the form. It makes no HTML of its own.
 */
export const SCRIPT = `"use strict";
const byId = (id) => document.getElementById(id);
const PIECES = ["facts", "charts", "requests", "failures", "thresholds"];
const EVERY_MS = 1000;
let timer = 0;

function show(state) {
  byId("state").textContent = state.text;
  byId("state").className = "state " + state.state;
  const busy = state.state === "running" || state.state === "ending";
  byId("start").disabled = busy;
  byId("stop").disabled = !busy;
  byId("progress").value = state.progress;
  byId("downloads").hidden = !state.pieces;
  if (!state.pieces) return;
  for (const id of PIECES) byId(id).innerHTML = state.pieces[id];
  byId("thresholdSection").hidden = state.pieces.thresholds === "";
}

async function refresh() {
  clearTimeout(timer);
  try {
    const answer = await fetch("state");
    if (answer.ok) show(await answer.json());
  } catch {
    byId("state").textContent = "the load test program does not answer";
  }
  timer = setTimeout(refresh, EVERY_MS);
}

async function post(path, body) {
  byId("problem").textContent = "";
  try {
    const answer = await fetch(path, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) byId("problem").textContent = await answer.text();
  } catch {
    byId("problem").textContent = "the load test program does not answer";
  }
  await refresh();
}

function describe() {
  const { dataset } = byId("scenario").selectedOptions[0];
  byId("about").textContent = dataset.about;
  byId("users").placeholder = dataset.users;
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  post("start", Object.fromEntries(new FormData(byId("form"))));
});
byId("stop").addEventListener("click", () => post("stop", {}));
byId("scenario").addEventListener("change", describe);
describe();
refresh();
`;
