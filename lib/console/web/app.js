/** The console: a session, a frame, and one page in it. */
import { render, useEffect, useState } from "./core/packages.js";
import { begin, call } from "./core/api.js";
import { html } from "./core/html.js";
import { followLinks, usePlace } from "./core/router.js";
import { Layout } from "./parts/layout.js";
import { Problem } from "./parts/parts.js";
import { Login } from "./pages/login.js";
import { pageOf } from "./pages/pages.js";

/** The session that came with the page, so that it is drawn at once; null: the server has to be asked. */
const told = JSON.parse(document.getElementById("session")?.textContent ?? "null");

function App() {
  const [session, setSession] = useState(told ?? undefined);
  const [error, setError] = useState(null);
  const [ended, setEnded] = useState(null);
  const place = usePlace();
  const enter = (next) => {
    begin(next.csrf, () => {
      setEnded(new Error("The session is over. Log in again, and this page goes on."));
      setSession(null);
    });
    setError(null);
    setSession(next);
  };
  useEffect(() => {
    if (told !== null) enter(told);
    else call("/session").then((found) => found.role === null ? setSession(null) : enter(found), setError);
  }, []);
  if (error !== null) {
    return html`
      <main>
        <${Problem} error=${error} />
      </main>
    `;
  }
  if (session === undefined) return null;
  if (session === null) return html`<${Login} onSession=${enter} about=${ended} />`;
  const { page, id } = pageOf(place.path);
  const logout = () =>
    call("/logout", { method: "POST" }).catch(() => {}).finally(() => {
      setEnded(null);
      setSession(null);
    });
  return html`
    <${Layout} session=${session} page=${page} path=${place.path} logout=${logout}>
      <${page.view} key=${page.path} id=${id} params=${place.params} session=${session} />
      </${Layout}>
  `;
}

document.addEventListener("click", followLinks);
render(html`<${App} />`, document.getElementById("app"));
