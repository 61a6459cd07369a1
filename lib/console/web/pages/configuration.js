/** What is in force and where it comes from; a new one is looked at before it is taken. */
import { useState } from "../core/packages.js";
import { call, useApi } from "../core/api.js";
import { clock } from "../core/format.js";
import { html } from "../core/html.js";
import { setParams } from "../core/router.js";
import { Head } from "../parts/head.js";
import { Badge, Card, Empty, Field, Problem, Table } from "../parts/parts.js";

const ORIGIN = { file: "accent", environment: "good", flag: "warn", default: "" };

export function Configuration({ params, session }) {
  const { data, error, again } = useApi("/config");
  const [checked, setChecked] = useState(null);
  const [failure, setFailure] = useState(null);
  const search = (params.get("text") ?? "").toLowerCase();
  const all = params.get("all") === "1";
  const run = (path, body) => async () => {
    setFailure(null);
    try {
      setChecked({ path, ...await call(path, { method: "POST", body }) });
      again();
    } catch (problem) {
      setFailure(problem);
    }
  };
  const rows = (data?.values ?? []).filter((it) =>
    (all || it.origin !== "default") && `${it.path} ${it.value}`.toLowerCase().includes(search)
  );
  const admin = session.role === "admin";
  return html`<${Head} title="Configuration" about=${
    data ? `${data.file ?? "no file"}, read at ${clock(data.loaded_at, { millis: false })}` : null
  }>
    <button type="button" disabled=${!admin} onClick=${run("/config/validate", {})}>Check the file</button>
    <button type="button" class="main" disabled=${!admin} onClick=${run("/config/reload", {})}>Reload</button>
  </${Head}>
  <${Problem} error=${failure ?? error} />
  ${checked ? html`<${Checked} result=${checked} />` : null}
  ${(data?.warnings ?? []).map((warning) => html`<p key=${warning} class="note">${warning}</p>`)}
  ${(data?.kept ?? []).length > 0 ? html`<p class="note">Needs a restart: ${data.kept.join(", ")}</p>` : null}
  <form class="fields" role="search" onSubmit=${(event) => event.preventDefault()}>
    <${Field} label="Search" wide><input type="search" data-search value=${
    params.get("text") ?? ""
  } onInput=${(event) =>
    setParams({ text: event.currentTarget.value }, {
      replace: true,
    })} placeholder="a key or a value" /></${Field}>
    <button type="button" aria-pressed=${all} onClick=${() =>
    setParams({ all: all ? "" : "1" })}>Defaults too</button>
  </form>
  ${
    data === null ? null : rows.length === 0
      ? html`
        <${Card}>
          <${Empty} title=${search === "" ? "Everything is as by default" : "No key is like that"}>
            ${all ? null : "Look among the defaults too."}
          </${Empty}>
          </${Card}>
      `
      : html`
        <${Card}>
          <${Table} caption="Configuration" rows=${rows} keyOf=${(it) => it.path} columns=${[
            { title: "Key", wrap: true, cell: (it) => html`<code>${it.path}</code>` },
            {
              title: "Value",
              wrap: true,
              cell: (it) =>
                html`<code>${typeof it.value === "string" ? it.value : JSON.stringify(it.value)}</code>`,
            },
            {
              title: "From",
              cell: (it) => html`<${Badge} tone=${ORIGIN[it.origin]}>${it.origin}</${Badge}>`,
            },
            { title: "Where", wrap: true, cell: (it) => html`<span class="soft">${it.where ?? ""}</span>` },
          ]} />
          </${Card}>
      `
  }`;
}

function Checked({ result }) {
  const changes = result.changes ?? [];
  return html`
    <${Card} title=${result.path === "/config/reload" ? "Reload" : "Check"}>
      <p>
        <${Badge} tone=${result.ok ? "good" : "bad"}>${result.ok
          ? (result.path === "/config/reload" ? "in force" : "valid")
          : "not valid; nothing has changed"}</${Badge}></p>
        ${(result.problems ?? []).map((problem, index) =>
          html`<pre key=${index} class="block bad">${
            typeof problem === "string" ? problem : problem.message
          }</pre>`
        )}
        ${(result.kept ?? []).length > 0
          ? html`<p class="note">Needs a restart: ${result.kept.join(", ")}</p>`
          : null}
        ${result.ok && result.changes
          ? changes.length === 0
            ? html`<p class="soft">Nothing differs from what is in force.</p>`
            : html`<${Table} caption="Changes" rows=${changes} keyOf=${(it) => it.path} columns=${[
              { title: "Key", cell: (it) => html`<code>${it.path}</code>` },
              {
                title: "Now",
                wrap: true,
                cell: (it) => html`<code>${JSON.stringify(it.before) ?? "–"}</code>`,
              },
              {
                title: "Then",
                wrap: true,
                cell: (it) => html`<code>${JSON.stringify(it.after) ?? "–"}</code>`,
              },
              { title: "", cell: (it) => it.restart ? html`<${Badge} tone="warn">restart</${Badge}>` : null },
            ]} />`
          : null}
      </${Card}>
  `;
}
