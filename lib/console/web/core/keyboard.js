/** Keys that do something while nothing is being typed. */
import { useEffect } from "./packages.js";

/** @param {Record<string, (event: KeyboardEvent) => void>} keys by `KeyboardEvent.key`. */
export function useKeys(keys) {
  useEffect(() => {
    const pressed = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
      if (typing && event.key !== "Escape") return;
      const action = keys[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action(event);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
}
