/** Who wants in says the master key or a console key. */
import { useState } from "../core/packages.js";
import { call } from "../core/api.js";
import { html } from "../core/html.js";
import { Field, Problem } from "../parts/parts.js";

export function Login({ onSession, about }) {
  const [error, setError] = useState(about);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    setBusy(true);
    try {
      onSession(await call("/login", { method: "POST", body: { key } }));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return html`
    <div class="login">
      <form class="card" onSubmit=${submit}>
        <h1>llm-gateway</h1>
        <${Problem} error=${error} />
        <${Field}
          label="Master key or console key"><input name="key" type="password" autocomplete="current-password" required autofocus /></${Field}>
        <button class="main" type="submit" disabled=${busy}>Log in</button>
        <p class="soft">The master key is <code>auth.master_key</code> or <code>GATEWAY_MASTER_KEY</code>.</p>
      </form></div>
  `;
}
