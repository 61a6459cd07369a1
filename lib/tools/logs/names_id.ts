/** The beginning of an id is enough from here on. */
const SHORTEST = 8;

/** Whether what somebody asked for, an id or its beginning, means this one. */
export function namesId(asked: string, id: string): boolean {
  return id === asked || asked.length >= SHORTEST && id.startsWith(asked);
}
