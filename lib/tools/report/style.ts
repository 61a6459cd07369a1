/**
 * The look of every report, light and dark. Colours of charts are classes: pages that are served forbid styles
 * within elements.
 */
export const STYLE = `
:root { color-scheme: light dark; --back: #fbfbfa; --card: #fff; --text: #1d2129; --soft: #667085; --line: #e4e4e0;
  --c0: #2f6fde; --c1: #d9822b; --c2: #2a9d6f; --c3: #b0498f; --c4: #7a6ff0; --good: #1f8a5b; --bad: #c8372d; }
@media (prefers-color-scheme: dark) { :root { --back: #14161a; --card: #1c1f25; --text: #e7e9ee; --soft: #98a2b3;
  --line: #30343c; --c0: #6ea2ff; --c1: #f0a35a; --c2: #56c596; --c3: #dd83c0; --c4: #a79fff; --good: #56c596;
  --bad: #ff7a70; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
.sub, footer { color: var(--soft); } footer { margin-top: 2rem; font-size: .85rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0; }
.fact, section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.fact { padding: .7rem .9rem; } .fact b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.fact span { color: var(--soft); font-size: .85rem; } .good { color: var(--good); } .bad { color: var(--bad); }
section { padding: 1rem 1.1rem; margin: 1rem 0; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 500; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font: 11px system-ui, sans-serif; paint-order: stroke;
  stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); }
svg .axis { stroke: var(--line); } svg .series { fill: none; stroke: var(--c); stroke-width: 2; }
svg .mark { stroke: var(--c, var(--line)); stroke-dasharray: 4 3; } svg .fill { fill: var(--c); }
svg .range { stroke: var(--text); stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; color: var(--soft); font-size: .85rem; }
.legend i { background: var(--c); display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .4rem; }
`;
