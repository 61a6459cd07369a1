import { STYLE } from "../../report/style.ts";

/** The page's look: that of reports, and what only a page with a form needs. */
export const PAGE_STYLE = `${STYLE}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem 1rem; }
header .state { margin-left: auto; font-weight: 600; } .state.running { color: var(--good); }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
label { display: block; color: var(--soft); font-size: .85rem; }
input, select, button { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line);
  border-radius: .4rem; padding: .4rem .6rem; } input { width: 7.5rem; display: block; } select { display: block; }
button { cursor: pointer; font-weight: 600; } button:disabled { cursor: default; opacity: .45; }
#start { background: var(--c0); border-color: var(--c0); color: var(--back); }
#stop:not(:disabled) { border-color: var(--bad); color: var(--bad); }
:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
#problem { color: var(--bad); margin: .6rem 0 0; min-height: 1.4em; } #about { margin: .6rem 0 0; }
body { max-width: 84rem; } #charts svg text { font-size: 15px; } #requests th, #requests td { padding: .3rem .45rem; font-size: .88rem; }
#charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 0 1rem; }
progress { width: 100%; height: .4rem; accent-color: var(--c0); margin-top: .5rem; }
nav a { color: var(--c0); margin-right: 1.2rem; }
@media (max-width: 30rem) { #charts { grid-template-columns: 1fr; } }
`;
