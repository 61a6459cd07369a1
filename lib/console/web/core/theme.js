/** Light or dark: the reader's choice, else the system's. */
import { useEffect, useState } from "./packages.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();

export function theme() {
  return document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light");
}

export function toggleTheme() {
  const next = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
  for (const listener of listeners) listener();
}

export function useTheme() {
  const [, again] = useState(0);
  useEffect(() => {
    const changed = () => again((count) => count + 1);
    listeners.add(changed);
    system.addEventListener("change", changed);
    return () => {
      listeners.delete(changed);
      system.removeEventListener("change", changed);
    };
  }, []);
  return theme();
}
