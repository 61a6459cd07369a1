/** Longer messages are cut: what tells errors apart stands at their beginning. */
const LONGEST = 300;

/** What differs between two errors of one kind, and what is put in its place. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\s+/g, " "],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, "ID"],
  [/\b(?:req|chatcmpl|resp|msg|call|run|trace|key|sk)[-_][-_A-Za-z0-9*]{6,}/g, "ID"],
  [/\b\d{4}-\d\d-\d\d[T ][\d:.,]+Z?/g, "TIME"],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g, "ADDRESS"],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi, "ID"],
  [/(?<![A-Za-z0-9_.-])\d+(?:\.\d+)?(?![A-Za-z0-9_-])/g, "N"],
  [/(?<![A-Za-z0-9_.-])\d+(?:\.\d+)?(?=(?:ms|s|kB|MB)\b)/g, "N"],
];

/** A message without what differs from request to request, so that errors of one kind look alike. */
export function errorPattern(message: string): string {
  let pattern = message.slice(0, LONGEST);
  for (const [variable, name] of VARIABLE) pattern = pattern.replace(variable, name);
  return message.length > LONGEST ? `${pattern}…` : pattern.trim();
}
