import type { ChatRequest, JsonObject, JsonValue, ReasoningOptions } from "../wire/canonical.ts";
import type { ClientCodec } from "../wire/codec.ts";
import type { Framing } from "../wire/framing.ts";
import type { JsonEdit } from "../wire/json_scanner.ts";
import type { AnswerGuard } from "./answer_guard.ts";
import type { AnswerTap } from "./answer_tap.ts";
import { JsonRequest, type NamedInPath } from "./json_request.ts";

/** A client's request for generation, in the format of one of the chat APIs. */
export class ModelRequest extends JsonRequest {
  /** How the client's stream is framed. */
  framing: Framing;
  /** `input` as a provider of the same format shall see it, where that is not what the body says. */
  nativeInput: readonly JsonValue[] | null = null;
  /** How much the model shall think (`none`: not at all), where the gateway decided it; null: as the client says. */
  reasoning: ReasoningOptions | null = null;
  /** Fields that the answer shows though the provider was never told of them; null: none. */
  echo: JsonObject | null = null;
  /**
   * Awaited before the terminal bytes of the answer go out, with the answer's object in the client's format:
   * what is acknowledged is stored. A rejection turns the end into an error.
   */
  beforeEnd: ((final: JsonObject) => Promise<void>) | null = null;
  /** What looks at the answer before anybody else gets it; null: nothing does. */
  guard: AnswerGuard | null = null;
  /** Who hears of the answer as the client gets it; null: nobody. */
  tap: AnswerTap | null = null;
  #canonical: ChatRequest | null = null;

  /**
   * @param named what the path says in the body's place.
   * @throws {GatewayError} where the bytes are no JSON object with a `model`.
   */
  constructor(readonly codec: ClientCodec, bytes: Uint8Array, named: NamedInPath | null = null) {
    super(bytes, {
      named,
      modelInPath: codec.modelInPath === true,
      streams: codec.streamsByDefault === true,
    });
    this.framing = codec.framing;
  }

  /** What the request means. @throws {GatewayError} 400 with the place where it means nothing. */
  get canonical(): ChatRequest {
    if (this.#canonical === null) {
      this.#canonical = this.codec.decodeRequest(this.json);
      if (this.codec.modelInPath === true) {
        this.#canonical.model = this.model;
        this.#canonical.stream = this.stream;
      }
    }
    return this.#canonical;
  }

  override rewrite(edits: readonly JsonEdit[]): void {
    super.rewrite(edits);
    this.#canonical = null;
  }
}
