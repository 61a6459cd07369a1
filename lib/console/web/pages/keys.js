/** Virtual keys, teams and users, what they may spend and what they have spent. */
import { useRef, useState } from "../core/packages.js";
import { call, useApi } from "../core/api.js";
import { count, day, duration, percent, usd } from "../core/format.js";
import { html } from "../core/html.js";
import { linkTo, setParams } from "../core/router.js";
import { Head } from "../parts/head.js";
import { Badge, Bar, Card, Copy, Empty, Field, Problem, Table } from "../parts/parts.js";

const KINDS = { keys: "Keys", teams: "Teams", users: "Users", budgets: "Budgets and limits" };

const LIMITS = { rpm: "requests a minute", tpm: "tokens a minute", max_parallel: "requests at a time" };

export function Keys({ params, session }) {
  const kind = KINDS[params.get("tab")] === undefined ? "keys" : params.get("tab");
  return html`<${Head} title="Keys and budgets" />
  <nav class="tabs" aria-label="Kinds">${
    Object.entries(KINDS).map(([name, title]) =>
      html`
        <a key=${name} href=${linkTo("/keys", { tab: name })} aria-current=${name === kind
          ? "true"
          : undefined}
          onClick=${(
            event,
          ) => (event.preventDefault(),
            setParams({ tab: name, after: "", text: "", whole: "" }))}>${title}</a>
      `
    )
  }</nav>
  ${
    kind === "budgets"
      ? html`<${Budgets} />`
      : !session.keys
      ? html`<${NoKeys} />`
      : html`<${Accounts} key=${kind} kind=${kind} params=${params} session=${session} />`
  }`;
}

function NoKeys() {
  return html`
    <${Card}>
      <${Empty} title="Virtual keys are off" command=${"keys:\n  path: keys.db"}>
        Keys of the configuration stand there. Those that are made while the gateway runs need a place where they are kept.
      </${Empty}></${Card}>
  `;
}

function Budgets() {
  const { data, error } = useApi("/budgets", { every: 5000 });
  if (data === null) return html`<${Problem} error=${error} />`;
  const budgets = data.budgets.toSorted((a, b) => b.spent_usd / b.limit_usd - a.spent_usd / a.limit_usd);
  const limits = data.limits.toSorted((a, b) => b.used / b.of - a.used / a.of);
  return html`
    <${Problem} error=${error} />
    <${Card} title="Budgets"
      about="the most used first; of virtual keys, teams and users since their first request">${budgets
          .length === 0
        ? html`
          <${Empty}
            title="No budget is in use"
            command=${"auth:\n  keys:\n    - { name: app, key: ${APP_KEY}, budgets: [{ per: month, usd: 40 }] }"}>A key, a team, a user or a model may have one for each day, week and month. Those of virtual keys, teams and
              users are listed from their first request after a start.</${Empty}>
        `
        : html`<${Table} caption="Budgets" most=${MOST} rows=${budgets} keyOf=${(it) =>
          `${it.scope}${it.name}${it.per}`} columns=${[
          { title: "Of", cell: (it) => html`${it.scope} <strong>${it.name}</strong>` },
          { title: "Each", cell: (it) => it.per },
          { title: "Spent", number: true, cell: (it) => usd(it.spent_usd) },
          { title: "Of it", number: true, cell: (it) => usd(it.limit_usd) },
          {
            title: "Share",
            cell: (it) =>
              html`<${Bar} share=${it.spent_usd / it.limit_usd} label=${
                percent(it.spent_usd / it.limit_usd)
              } />`,
          },
          { title: "", number: true, cell: (it) => percent(it.spent_usd / it.limit_usd) },
          { title: "Renews", cell: (it) => it.renews_at ? `in ${duration(it.renews_at - Date.now())}` : "–" },
        ]} />`}</${Card}>
      <${Card} title="Limits" about=${`the most used first${
        limits.length >= LOOKED_AT ? `, of ${LOOKED_AT} virtual keys, teams and users of each` : ""
      }`}>${limits.length === 0
        ? html`
          <${Empty} title="No limit is set"
            command=${"limits:\n  keys: { rpm: 60 }"}>A key, a team, a user or a model may have some, beside its budgets.</${Empty}>
        `
        : html`<${Table} caption="Limits" most=${MOST} rows=${limits} keyOf=${(it) =>
          `${it.scope}${it.id}${it.limit}`} columns=${[
          { title: "Of", cell: (it) => html`${it.scope} <strong>${it.name}</strong>` },
          { title: "Limit", cell: (it) => LIMITS[it.limit] ?? it.limit },
          { title: "Used", number: true, cell: (it) => `${count(it.used)} of ${count(it.of)}` },
          {
            title: "Share",
            cell: (it) => html`<${Bar} share=${it.used / it.of} label=${percent(it.used / it.of)} />`,
          },
        ]} />`}</${Card}>
  `;
}

/** Accounts of each kind whose limits the server looks at (assembly/limit_views.ts). */
const LOOKED_AT = 200;
/** Accounts that are asked for at once. */
const PAGE = 1_000;
/** Lines that are shown at once. */
const MOST = 50;

function Accounts({ kind, params, session }) {
  const after = params.get("after");
  const search = params.get("text") ?? "";
  const { data, error, again } = useApi(`/${kind}`, { params: { after, limit: PAGE } });
  const [failure, setFailure] = useState(null);
  const [shown, setShown] = useState(null);
  const dialog = useRef(null);
  const admin = session.role === "admin";
  const one = kind.slice(0, -1);
  const act = (path, method = "POST", body = undefined) => async () => {
    setFailure(null);
    try {
      const answer = await call(path, { method, body });
      if (answer?.key) setShown(answer.key);
      again();
    } catch (problem) {
      setFailure(problem);
    }
  };
  const create = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    dialog.current.close();
    await act(`/${kind}`, "POST", bodyOf(new FormData(form)))();
    form.reset();
  };
  const all = data?.data ?? [];
  const sought = search.toLowerCase();
  const rows = all.filter((it) =>
    `${it.name} ${it.id} ${it.tail ?? ""} ${it.team ?? ""}`.toLowerCase().includes(sought)
  );
  return html`<${Problem} error=${failure ?? error} />
  ${
    shown
      ? html`
        <p class="note"
          role="alert">This is the key. It is shown now and never again: <code>${shown}</code> <${Copy} text=${shown} /> <button type="button" class="plain" onClick=${() =>
            setShown(null)}>Done</button></p>
      `
      : null
  }
  <${Card} title=${
    KINDS[kind]
  } actions=${html`<button type="button" class="main" disabled=${!admin} onClick=${() =>
    dialog.current.showModal()}>New ${one}</button>`}>
    ${
    data === null
      ? null
      : all.length === 0 && after === null
      ? html`<${Empty} title=${`There is no ${one} yet`} command=${`gateway ${kind} create --name my-${one}`}>Make one here, or at the command line.</${Empty}>`
      : html`
        <div class="fields" role="search">
          <${Field} label="Search"
            wide><input type="search" data-search value=${search} onInput=${(
              event,
            ) =>
              setParams({ text: event.currentTarget.value }, {
                replace: true,
              })} placeholder="a name, an id, the end of a key, a team" /></${Field}></div>
              ${rows.length === 0 ? html`<${Empty} title=${`No ${one} is like that`} />` : null}
              <${Table} caption=${KINDS[kind]} most=${MOST} rows=${rows} keyOf=${(it) => it.id} columns=${[
                {
                  title: "Name",
                  cell: (it) =>
                    html`<a title=${it.name} href=${
                      linkTo(
                        "/requests",
                        kind === "keys"
                          ? { key: it.id }
                          : kind === "teams"
                          ? { team: it.id }
                          : { text: it.id },
                      )
                    }>${it.name || it.id}</a>`,
                },
                ...(kind === "keys" ? [{ title: "Key", cell: (it) => html`<code>…${it.tail}</code>` }] : []),
                { title: "State", cell: (it) => html`<${State} account=${it} />` },
                ...(kind === "teams" ? [] : [{ title: "Team", cell: (it) => it.team || "–" }]),
                {
                  title: "Models",
                  wrap: true,
                  cell: (it) => it.models === null ? "all" : it.models.join(", "),
                },
                { title: "Limits", wrap: true, cell: limitsOf },
                { title: "Made", cell: (it) => day(Date.parse(it.created_at)) },
                {
                  title: "",
                  cell: (it) =>
                    admin
                      ? html`<button type="button" class="plain" onClick=${
                        act(`/${kind}/${it.id}/${it.disabled ? "enable" : "disable"}`)
                      }>${it.disabled ? "Enable" : "Disable"}</button>
        ${
                        kind === "keys"
                          ? html`<button type="button" class="plain" onClick=${
                            act(`/keys/${it.id}/rotate`)
                          }>Rotate</button>`
                          : null
                      }
        <button type="button" class="plain danger" onClick=${() => confirm(`Delete ${it.name || it.id}?`) &&
                        act(`/${kind}/${it.id}`, "DELETE")()}>Delete</button>`
                      : null,
                },
              ]} />
      `
  }
    ${
    after === null ? null : html`
      <button type="button" onClick=${() => setParams({ after: "" })}>The first ${count(PAGE)}</button>
    `
  }
    ${
    data?.next
      ? html`<button type="button" onClick=${() => setParams({ after: data.next })}>The next ${
        count(PAGE)
      }</button>`
      : null
  }
  </${Card}>
  <dialog ref=${dialog} aria-labelledby="new-title"><form onSubmit=${create}>
    <h2 id="new-title">New ${one}</h2>
    <div class="form">
      <${Field} label="Name"><input name="name" required maxlength="200" /></${Field}>
      ${kind === "teams" ? null : html`<${Field} label="Team (its id)"><input name="team" /></${Field}>`}
      <${Field} label="Models, by commas"><input name="models" placeholder="all" /></${Field}>
      <${Field} label="Requests a minute"><input name="rpm" inputmode="numeric" placeholder="no limit" /></${Field}>
      <${Field} label="Tokens a minute"><input name="tpm" inputmode="numeric" placeholder="no limit" /></${Field}>
      <${Field} label="At a time"><input name="max_parallel" inputmode="numeric" placeholder="no limit" /></${Field}>
      <${Field} label="US dollars a month"><input name="usd" inputmode="decimal" placeholder="no budget" /></${Field}>
    </div>
    <menu><button type="button" onClick=${() =>
    dialog.current.close()}>Cancel</button><button class="main" type="submit">Make it</button></menu>
  </form></dialog>`;
}

function State({ account: { disabled, expires_at } }) {
  const expires = expires_at === null ? Infinity : Date.parse(expires_at);
  if (disabled) return html`<${Badge} tone="bad">disabled</${Badge}>`;
  if (expires <= Date.now()) return html`<${Badge} tone="warn">expired</${Badge}>`;
  return html`<${Badge} tone="good">active</${Badge}>${
    expires === Infinity ? null : html`<span class="soft"> until ${day(expires)}</span>`
  }`;
}

function limitsOf({ rpm, tpm, max_parallel: parallel, budgets }) {
  return [
    rpm === null ? null : `${count(rpm)} requests/min`,
    tpm === null ? null : `${count(tpm)} tokens/min`,
    parallel === null ? null : `${count(parallel)} at a time`,
    ...budgets.map((it) => `${usd(it.usd)} a ${it.per}`),
  ].filter(Boolean).join(", ") || "none";
}

/** What is not filled in is not sent, so that the server's defaults hold. */
function bodyOf(form) {
  const text = (name) => String(form.get(name) ?? "").trim();
  const number = (name) => text(name) === "" ? undefined : Number(text(name));
  const models = text("models").split(",").map((it) => it.trim()).filter(Boolean);
  return {
    name: text("name"),
    team: text("team") || undefined,
    models: models.length > 0 ? models : undefined,
    rpm: number("rpm"),
    tpm: number("tpm"),
    max_parallel: number("max_parallel"),
    budgets: number("usd") === undefined ? undefined : [{ per: "month", usd: number("usd") }],
  };
}
