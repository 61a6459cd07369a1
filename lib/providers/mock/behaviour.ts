/**
 * How the mock provider behaves besides answering: slow, failing, broken. A behaviour is written as
 * `name=value,name=value`, where a flag stands without a value, and given
 *
 * - for all requests, in the mock's options;
 * - for one request, in its header `x-mock`, or in the model's name behind an `@`
 *   (`gpt-4o-mini@ttft=50ms,tps=100`). The name's words win over the header's, these over the options'.
 *
 * | word                | meaning |
 * |---------------------|---------|
 * | `latency=200ms`     | time before the status and the headers of any answer |
 * | `ttft=50ms`         | from there to the first content of a stream |
 * | `tps=100`           | content events of a stream a second; 0: as fast as they can be read |
 * | `tokens=200`        | the answer is a text of so many tokens |
 * | `cached=10`         | so many of the prompt's tokens count as read from a cache |
 * | `status=503`        | every answer is an error of this status |
 * | `error_rate=0.1`    | a share of the answers is an error |
 * | `error_status=500`  | … of this status |
 * | `retry_after=2`     | errors carry `retry-after`, in seconds |
 * | `html`              | a proxy's HTML page in place of the answer, or of the error |
 * | `malformed`         | the body breaks off in the middle of its JSON; in a stream the second content event does |
 * | `stall_after=3`     | nothing comes after so many content events (of a whole answer: after half of it) |
 * | `disconnect_after=3`| the connection is cut there |
 * | `error_event_after=2` | a stream ends there with the family's error event |
 * | `no_done`           | a stream ends without its terminal event |
 * | `split=1`           | no chunk has more bytes than this |
 * | `refusal`           | the model refuses |
 * | `content_filter`    | the answer is cut off by a filter |
 */
export interface Behaviour {
  /** Milliseconds. */
  readonly latency: number;
  /** Milliseconds. */
  readonly ttft: number;
  readonly tps: number;
  /** -1: whatever the answer takes. */
  readonly tokens: number;
  readonly cached: number;
  /** 0: none. */
  readonly status: number;
  readonly errorRate: number;
  readonly errorStatus: number;
  /** Seconds; -1: none. */
  readonly retryAfter: number;
  readonly html: boolean;
  readonly malformed: boolean;
  /** `Infinity`: never; the next two alike. */
  readonly stallAfter: number;
  readonly disconnectAfter: number;
  readonly errorEventAfter: number;
  readonly noDone: boolean;
  /** 0: chunks as they come. */
  readonly split: number;
  readonly refusal: boolean;
  readonly contentFilter: boolean;
}

export const PLAIN: Behaviour = {
  latency: 0,
  ttft: 0,
  tps: 0,
  tokens: -1,
  cached: 0,
  status: 0,
  errorRate: 0,
  errorStatus: 500,
  retryAfter: -1,
  html: false,
  malformed: false,
  stallAfter: Infinity,
  disconnectAfter: Infinity,
  errorEventAfter: Infinity,
  noDone: false,
  split: 0,
  refusal: false,
  contentFilter: false,
};

interface Word {
  readonly field: keyof Behaviour;
  /** Null where the value is none. */
  readonly read: (value: string) => number | boolean | null;
  readonly expected: string;
}

const NUMBER = /^\d+(\.\d+)?$/;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s)?$/;

function duration(field: keyof Behaviour): Word {
  const read = (value: string) => {
    const match = DURATION.exec(value);
    return match === null ? null : Number(match[1]) * (match[2] === "s" ? 1000 : 1);
  };
  return { field, read, expected: "a duration such as 200ms or 2s" };
}

function number(field: keyof Behaviour, min = 0, max = Infinity): Word {
  const read = (value: string) => {
    const read = NUMBER.test(value) ? Number(value) : NaN;
    return read >= min && read <= max ? read : null;
  };
  return { field, read, expected: max === Infinity ? "a number" : `a number from ${min} to ${max}` };
}

function flag(field: keyof Behaviour): Word {
  return { field, read: (value) => value === "" ? true : null, expected: "no value" };
}

const WORDS: Readonly<Record<string, Word>> = {
  latency: duration("latency"),
  ttft: duration("ttft"),
  tps: number("tps"),
  tokens: number("tokens"),
  cached: number("cached"),
  status: number("status", 200, 599),
  error_rate: number("errorRate", 0, 1),
  error_status: number("errorStatus", 400, 599),
  retry_after: number("retryAfter"),
  html: flag("html"),
  malformed: flag("malformed"),
  stall_after: number("stallAfter"),
  disconnect_after: number("disconnectAfter"),
  error_event_after: number("errorEventAfter"),
  no_done: flag("noDone"),
  split: number("split", 1, Infinity),
  refusal: flag("refusal"),
  content_filter: flag("contentFilter"),
};

/** What was written is no behaviour; the message says which word. */
export class BehaviourError extends Error {
  override readonly name = "BehaviourError";
}

/** @throws {BehaviourError} */
export function parseBehaviour(text: string, base: Behaviour = PLAIN): Behaviour {
  const behaviour: Record<string, number | boolean> = { ...base };
  for (const item of text.split(",")) {
    if (item.trim() === "") continue;
    const [name = "", value = ""] = item.trim().split("=", 2);
    const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
    if (word === undefined) {
      throw new BehaviourError(
        `Unknown behaviour "${name}": expected one of ${Object.keys(WORDS).join(", ")}`,
      );
    }
    const read = word.read(value);
    if (read === null) {
      throw new BehaviourError(`Invalid behaviour "${item.trim()}": expected ${word.expected}`);
    }
    behaviour[word.field] = read;
  }
  return behaviour as unknown as Behaviour;
}

/**
 * Parts a model's name from the behaviour behind its `@`. An `@` that other names have (`claude@20250929`) is
 * left alone: a behaviour begins with one of its words, or at least looks like one.
 */
export function splitModel(model: string): [name: string, behaviour: string] {
  const at = model.lastIndexOf("@");
  if (at < 0) return [model, ""];
  const text = model.slice(at + 1);
  const first = text.split(/[,=]/, 1)[0] ?? "";
  if (!Object.hasOwn(WORDS, first) && !text.includes("=")) return [model, ""];
  return [model.slice(0, at) || "mock", text];
}
