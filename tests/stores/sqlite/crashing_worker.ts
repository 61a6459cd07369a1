/// <reference lib="deno.worker" />
/** Opens well, answers `add` and dies of anything else, as a worker with a fault would. */
self.onmessage = ({ data }) => {
  if (data.type === "open") self.postMessage({ type: "opened" });
  else if (data.type === "close") self.postMessage({ type: "closed" });
  else if (data.commands[0][0] === "add") self.postMessage({ type: "done", outcomes: [{ value: 1 }] });
  else setTimeout(() => never.happens(), 0);
};

declare const never: { happens(): void };
