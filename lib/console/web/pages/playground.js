/** The gateway's own API with any key, as a client sees it. */
import { html } from "../core/html.js";
import { Answer } from "../parts/answer.js";
import { Head } from "../parts/head.js";
import { Copy, Field } from "../parts/parts.js";
import { useChat } from "../parts/use_chat.js";
import { useAddress, useForm } from "../parts/use_form.js";
import { useModels } from "../parts/use_models.js";

export function Playground({ params, session }) {
  const [form, set] = useForm({
    key: "",
    model: params.get("model") ?? "",
    system: "",
    prompt: "",
    temperature: params.get("temperature") ?? "",
    max_tokens: params.get("max_tokens") ?? "",
    stream: params.get("stream") !== "0",
  });
  const { temperature, max_tokens, stream } = form;
  useAddress({ model: form.model, temperature, max_tokens, stream: stream ? "" : "0" });
  const names = useModels(form.key, session.models);
  const model = form.model || (names.includes("mock") ? "mock" : names[0] ?? "");
  const { answers, busy, ask, stop } = useChat();
  const body = bodyOf({ ...form, model });
  const submit = (event) => {
    event.preventDefault();
    ask(form.key, { answer: body });
  };
  return html`
    <${Head} title="Playground" about="POST /v1/chat/completions">
      <${Copy} text=${curlOf(body)}>Copy as curl</${Copy}></${Head}>
      <div class="grid">
        <form class="card" onSubmit=${submit}>
          <div class="form">
            <${Field} label="Key (stays in this page)"><input type="password" autocomplete="off" placeholder="none" value=${form
              .key} onInput=${set("key")} /></${Field}>
            <${Field} label="Model"><input list="models" value=${form
              .model} placeholder=${model} onInput=${set("model")} /></${Field}>
            <datalist id="models">${names.map((name) =>
              html`<option key=${name} value=${name}></option>`
            )}</datalist>
            <${Field} label="Temperature"><input inputmode="decimal" value=${form.temperature} onInput=${set(
              "temperature",
            )} placeholder="the model's own" /></${Field}>
            <${Field} label="Tokens at most"><input inputmode="numeric" value=${form
              .max_tokens} onInput=${set("max_tokens")} placeholder="the model's own" /></${Field}>
            <div class="whole"><${Field} label="System"><textarea rows="2" value=${form.system} onInput=${set(
              "system",
            )}></textarea></${Field}></div>
            <div class="whole"><${Field} label="User"><textarea rows="6" required value=${form
              .prompt} onInput=${set("prompt")}></textarea></${Field}></div>
          </div>
          <div class="fields">
            <label class="check"><input type="checkbox" checked=${form.stream} onChange=${set(
              "stream",
            )} /> stream</label>
            <button class="main" type="submit" disabled=${busy || model === ""}>Send</button>
            <button type="button" disabled=${!busy} onClick=${stop}>Stop</button>
          </div>
        </form>
        <${Answer} title="Answer" state=${answers.answer ?? { text: "", busy: false }} />
      </div>
  `;
}

export function bodyOf({ model, system, prompt, temperature, max_tokens, stream }) {
  const number = (value) => value.trim() === "" || Number.isNaN(Number(value)) ? undefined : Number(value);
  return {
    model,
    messages: [...(system.trim() === "" ? [] : [{ role: "system", content: system }]), {
      role: "user",
      content: prompt,
    }],
    temperature: number(temperature),
    max_tokens: number(max_tokens),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
}

function curlOf(body) {
  const text = JSON.stringify(body).replaceAll("'", "'\\''");
  return `curl ${location.origin}/v1/chat/completions -H "authorization: Bearer $GATEWAY_KEY" -H 'content-type: application/json' -d '${text}'`;
}
