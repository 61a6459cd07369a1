/** Keys that do something while nothing is being typed. */
import { useEffect, useRef } from "./packages.js";

/** @param {Record<string, (event: KeyboardEvent) => void>} keys by `KeyboardEvent.key`; those of the latest picture hold. */
export function useKeys(keys) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const pressed = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
      if (typing && event.key !== "Escape") return;
      // What has the focus is pressed by it.
      if (event.key === "Enter" && event.target.closest?.("a, button, summary")) return;
      const action = latest.current[event.key];
      latest.current.any?.(event);
      if (action === undefined) return;
      event.preventDefault();
      action(event);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
