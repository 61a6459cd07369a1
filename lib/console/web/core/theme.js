/** Light or dark: the reader's choice, else the system's. theme.js has set it when the page begins. */
import { useEffect, useState } from "./packages.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();

system.addEventListener("change", () => {
  if (localStorage.getItem("theme") === null) show(system.matches ? "dark" : "light");
});

export function theme() {
  return document.documentElement.dataset.theme;
}

export function toggleTheme() {
  const next = theme() === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  show(next);
}

function show(next) {
  document.documentElement.dataset.theme = next;
  for (const listener of listeners) listener();
}

export function useTheme() {
  const [, again] = useState(0);
  useEffect(() => {
    const changed = () => again((count) => count + 1);
    listeners.add(changed);
    return () => listeners.delete(changed);
  }, []);
  return theme();
}
