import type { Api, Question } from "../tools/apis.ts";
import { count, duration } from "../tools/format.ts";
import type { ModelCall } from "../tools/model_call.ts";
import type { Target } from "../tools/target.ts";
import { bar } from "./bars.ts";
import type { Painter } from "./colour.ts";
import { alignedRows } from "./table.ts";

/** A request that `test-request` sent, and what came of it. */
export interface TestedRequest {
  readonly target: Target;
  readonly api: Api;
  readonly question: Question;
  readonly headers: Readonly<Record<string, string>>;
  readonly call: ModelCall;
  readonly health: string;
  /** `told`: the server says so; else it is the trace that the request was sent with. */
  readonly trace: { readonly id: string | null; readonly link: string | null; readonly told: boolean };
}

const BAR_WIDTH = 40;

/** What an answer has in its headers that is worth a line, with how it is called there. */
const TOLD: readonly (readonly [label: string, header: string])[] = [
  ["request id", "x-request-id"],
  ["provider", "x-gateway-provider"],
  ["model", "x-gateway-model"],
  ["attempts", "x-gateway-attempts"],
  ["cache", "x-gateway-cache"],
  ["dropped", "x-gateway-dropped-params"],
  ["deployment", "x-litellm-model-id"],
];

/** The answer, where the time went, and what the server tells. */
export function answerLines({ call, trace }: TestedRequest, paint: Painter, withText: boolean): string[] {
  const { headers, error } = call;
  const told = TOLD.flatMap(([label, header]) => {
    const value = headers?.get(header) ?? null;
    return value === null ? [] : [[label, value]];
  });
  const tokens = call.outputTokens === null && call.inputTokens === null
    ? []
    : [["tokens", `${count(call.inputTokens)} in, ${count(call.outputTokens)} out${speed(call)}`]];
  const trail = trace.id === null ? [] : [
    ["trace", `${trace.id}${trace.told ? "" : " (as sent: the answer tells of none)"}`],
    ["", trace.link ?? ""],
  ];
  return [
    ...(withText && call.text !== "" ? [call.text, ""] : []),
    error === null
      ? paint("green", `${call.status} ${duration(call.timing.total)}`)
      : paint("red", `${call.status ?? "no answer"}  ${error.type}: ${error.message}`),
    "",
    ...(call.status === null ? [] : [...timingLines(call, paint), ""]),
    ...alignedRows(
      [...tokens, ...told, ...trail].map(([label = "", value = ""]) => [paint("bold", label), value]),
    ),
  ];
}

/** The steps of a request, each with a bar as long as its share, where in the whole it was. */
function timingLines({ timing, firstTokenMs, overheadMs }: ModelCall, paint: Painter): string[] {
  const { dns, connect, tls, ttfb, total, network } = timing;
  const known = (ms: number) => ms < 0 ? null : ms;
  const whole = (network ?? 0) + (total ?? 0);
  const answer = network ?? 0;
  const steps: readonly (readonly [label: string, ms: number | null, start: number])[] = [
    ["DNS", known(dns), 0],
    ["connect", known(connect), Math.max(0, dns)],
    ["TLS", known(tls), Math.max(0, dns) + Math.max(0, connect)],
    ["first byte", ttfb, answer],
    ...(firstTokenMs === null ? [] : [["first token", firstTokenMs, answer] as const]),
    ["total", total, answer],
    ...(overheadMs === null ? [] : [["gateway's own", overheadMs, answer] as const]),
  ];
  return alignedRows(
    steps.map(([label, ms, start]) => {
      const offset = whole === 0 ? 0 : Math.floor(start / whole * BAR_WIDTH);
      const drawn = ms === null || whole === 0 ? "" : bar(ms / whole, BAR_WIDTH - offset);
      return [paint("bold", label), duration(ms), " ".repeat(offset) + paint("cyan", drawn)];
    }),
    new Set([1]),
  );
}

/** Headers and bodies, sent (`>`) and received (`<`), keys masked. */
export function verboseLines(
  { target, api, question, headers, call }: TestedRequest,
  paint: Painter,
): string[] {
  const sent = Object.entries({ host: target.url.host, ...api.headers, ...headers });
  return [
    ...[
      `POST ${api.path} HTTP/1.1`,
      ...sent.map(([name, value]) => `${name}: ${name === "authorization" ? "Bearer ***" : value}`),
      "",
      ...JSON.stringify(api.body(question), null, 2).split("\n"),
    ].map((line) => paint("dim", `> ${line}`.trimEnd())),
    "",
    ...(call.headers === null ? [] : [
      `${call.status}`,
      ...[...call.headers.entries()].map(([name, value]) => `${name}: ${value}`),
      "",
      ...call.body.trimEnd().split("\n"),
    ].map((line) => paint("dim", `< ${line}`.trimEnd()))),
    "",
  ];
}

function speed({ tokensPerSecond }: ModelCall): string {
  return tokensPerSecond === null ? "" : `, ${count(tokensPerSecond, 1)} tokens/s`;
}
