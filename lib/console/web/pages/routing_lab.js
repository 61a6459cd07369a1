/** What becomes of a prompt: every stage's result, the decision, and what several models answer to it. */
import { useState } from "../core/packages.js";
import { call } from "../core/api.js";
import { count, duration } from "../core/format.js";
import { html } from "../core/html.js";
import { Answer } from "../parts/answer.js";
import { Head } from "../parts/head.js";
import { Badge, Card, Empty, Field, Problem, Table } from "../parts/parts.js";
import { useChat } from "../parts/use_chat.js";
import { useAddress, useForm } from "../parts/use_form.js";
import { useModels } from "../parts/use_models.js";
import { bodyOf } from "./playground.js";

const AUTO = "auto";

/** Models that are offered at once. */
const OFFERED = 24;
const AT_ONCE = 4;

export function RoutingLab({ params, session }) {
  const [form, set] = useForm({
    prompt: "",
    model: params.get("model") ?? AUTO,
    key: "",
    call: params.get("call") === "1",
    find: "",
  });
  const [chosen, setChosen] = useState(() => params.getAll("beside").slice(0, AT_ONCE));
  useAddress({
    model: form.model === AUTO ? "" : form.model,
    call: form.call ? "1" : "",
    beside: chosen,
  });
  const [state, setState] = useState({ busy: false, error: null, data: null });
  const names = useModels(form.key, session.models);
  const { answers, busy, ask, stop } = useChat();
  const explain = async (event) => {
    event.preventDefault();
    setState({ ...state, busy: true, error: null });
    try {
      const { prompt, model, call: asks } = form;
      setState({
        busy: false,
        error: null,
        data: await call("/explain", { method: "POST", body: { prompt, model: model || AUTO, call: asks } }),
      });
    } catch (error) {
      setState({ busy: false, error, data: null });
    }
  };
  const compare = () =>
    ask(
      form.key,
      Object.fromEntries(
        chosen.map((
          model,
        ) => [
          model,
          bodyOf({ model, prompt: form.prompt, system: "", temperature: "", max_tokens: "", stream: true }),
        ]),
      ),
    );
  const toggle = (model) =>
    setChosen((before) =>
      before.includes(model) ? before.filter((it) => it !== model) : [...before, model].slice(-AT_ONCE)
    );
  const found = names.filter((name) => !chosen.includes(name) && name.includes(form.find));
  const offered = names.length <= OFFERED
    ? names
    : [...chosen, ...found.slice(0, Math.max(0, OFFERED - chosen.length))];
  return html`
    <${Head} title="Routing lab" about="what each stage finds, and who would answer" />
    <form class="card" onSubmit=${explain}>
      <${Field} label="Prompt">
        <textarea data-search required rows="4" value=${form.prompt} onInput=${set("prompt")}
          placeholder="Prove that there is no largest prime number"></textarea>
        </${Field}>
        <div class="fields">
          <${Field}
            label="Model asked for"><input list="lab-models" value=${form.model} onInput=${set(
              "model",
            )} /></${Field}>
          <datalist id="lab-models">${[AUTO, ...names].map((name) =>
            html`<option key=${name} value=${name}></option>`
          )}</datalist>
          <label class="check" title="Stages that ask a model for their own work may do so"><input type="checkbox" checked=${form
            .call} onChange=${set("call")} /> let stages ask models</label>
          <button class="main" type="submit" disabled=${state.busy ||
            session.role !== "admin"}>Explain</button>
        </div>
      </form>
      <${Problem} error=${state.error} />
      ${state.data ? html`<${Explained} data=${state.data} />` : html`
        <${Card}>
          <${Empty}
            title="Nothing was asked yet">Type a prompt: no provider is called to explain it.</${Empty}></${Card}>
      `}
      <${Card} title="Side by side" about="up to four models, by the gateway's own API">
        <div class="fields">
          <${Field} label="Key (stays in this page)"><input type="password" autocomplete="off" placeholder="none" value=${form
            .key} onInput=${set("key")} /></${Field}>
          ${names.length > OFFERED
            ? html`
              <${Field} label=${`Find one of ${count(names.length)} models`}><input type="search" value=${form
                .find} onInput=${set("find")} /></${Field}>
            `
            : null}
          ${offered.map((name) =>
            html`
              <button key=${name} type="button" title=${name} aria-pressed=${chosen.includes(name)}
                onClick=${() => toggle(name)}>${name}</button>
            `
          )}
          <button type="button" class="main" disabled=${busy || chosen.length === 0 ||
            form.prompt.trim() === ""} onClick=${compare}>Ask ${chosen.length || ""}</button>
          <button type="button" disabled=${!busy} onClick=${stop}>Stop</button>
        </div>
        <div class="grid">${Object.entries(answers).map(([model, it]) =>
          html`<${Answer} key=${model} title=${model} state=${it} />`
        )}</div>
      </${Card}>
  `;
}

function Explained({ data }) {
  const { decision, ended, stages } = data;
  return html`
    <${Card} title="Stages">
      <${Table} caption="Stages" rows=${stages} keyOf=${(it) =>
        `${it.stage} ${it.ms ?? it.started_ms}`} columns=${[
        { title: "Stage", cell: (it) => it.stage.replaceAll("_", " ") },
        { title: "Took", number: true, cell: (it) => duration(it.ms) },
        { title: "Result", wrap: true, cell: result },
      ]} />
      </${Card}>
      <${Card} title="Decision">${decision === null
        ? html`
          <p>
            <${Badge} tone="warn">nobody is asked</${Badge}> ${ended}</p>
        `
        : html`
          <p>
            <${Badge} tone="good">${decision.model}</${Badge}> at ${decision.targets.join(
              ", then ",
            )}${decision.effort ? ` · reasoning ${decision.effort}` : ""}</p>
        `}</${Card}>
  `;
}

function result({ facts, error, uncalled }) {
  if (uncalled.length > 0) return `would ask ${uncalled.join(" and ")}`;
  if (error !== "") return html`<span class="bad">${error}</span>`;
  const told = Object.entries(facts).filter(([, value]) =>
    value !== null && value !== "" && !(Array.isArray(value) && value.length === 0)
  );
  return told.map(([name, value]) =>
    `${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${
      Array.isArray(value) ? value.join(", ") : value
    }`
  ).join(" · ") || html`<span class="soft">nothing to do</span>`;
}
