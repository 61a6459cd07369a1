/** Answers of several models at the same time, each as it comes. */
import { useEffect, useRef, useState } from "../core/packages.js";
import { chat } from "../core/chat.js";

/** @returns {{answers: Record<string, object>, busy: boolean, ask: (key: string, bodies: Record<string, object>) => void, stop: () => void}} */
export function useChat() {
  const [answers, setAnswers] = useState({});
  const abort = useRef(null);
  useEffect(() => () => abort.current?.abort(), []);
  const set = (name, change) => setAnswers((all) => ({ ...all, [name]: { ...all[name], ...change } }));
  const ask = (key, bodies) => {
    abort.current?.abort();
    const { signal } = abort.current = new AbortController();
    setAnswers(Object.fromEntries(Object.keys(bodies).map((name) => [name, { text: "", busy: true }])));
    for (const [name, body] of Object.entries(bodies)) {
      chat({ key, body, signal, onText: (text) => set(name, { text }) }).then(
        (told) => set(name, { told, text: told.text, busy: false }),
        (error) =>
          set(name, {
            error: error.name === "AbortError" ? new Error("Stopped.") : error,
            told: error.told,
            busy: false,
          }),
      );
    }
  };
  const stop = () => abort.current?.abort();
  return { answers, busy: Object.values(answers).some((it) => it.busy), ask, stop };
}
