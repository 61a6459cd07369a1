import type { RelayedUpload } from "../stages/relay.ts";
import { boundaryOf, FormScanner } from "../wire/form_scanner.ts";
import { joinBytes } from "../wire/join_bytes.ts";
import { GatewayError } from "../errors.ts";
import { tooLargeBody } from "./body_errors.ts";
import type { BodyStream } from "./body_stream.ts";

const encoder = new TextEncoder();
const LINE_END = encoder.encode("\r\n");
/** Forms up to this size, if they say so, are held whole, bytes. */
const SMALL = 256 * 1024;

export interface FormUploadOptions {
  readonly contentType: string;
  /** As the client declared it; `NaN`: it did not. */
  readonly contentLength: number;
  /** Whether the form may name a model that has to be known before it is sent. */
  readonly namesModel: boolean;
  /** The most that is held while the model is looked for, bytes. */
  readonly maxHeld: number;
  /** Is awaited before a piece goes on; where it fails, nothing more of the form does. Null or absent: nobody looks. */
  readonly look?: ((piece: Uint8Array) => Promise<void>) | null;
}

/**
 * A client's form on its way to a provider. What comes before the model's name is held; the rest goes on as it
 * comes. A form that was there whole can be sent again.
 */
export class FormUpload implements RelayedUpload {
  /** Empty: the form names none. */
  model = "";
  consumed = false;
  onFailure: (error: GatewayError) => void = () => {};
  readonly #body: BodyStream;
  readonly #scanner: FormScanner | null;
  readonly #options: FormUploadOptions;
  #head: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** The head is all there is. */
  #whole = false;
  #discarded = false;

  private constructor(body: BodyStream, options: FormUploadOptions) {
    this.#body = body;
    this.#options = options;
    this.#scanner = options.namesModel ? new FormScanner(boundaryOf(options.contentType), "model") : null;
  }

  /**
   * Reads as much of a form as has to be known.
   * @throws {GatewayError} 400 for what is no form; 413 where more than `maxHeld` stands before the model's name.
   */
  static async read(body: BodyStream, options: FormUploadOptions): Promise<FormUpload> {
    try {
      if (options.contentLength > body.limit) throw tooLargeBody(body.limit);
      const upload = new FormUpload(body, options);
      await upload.#readHead();
      return upload;
    } catch (error) {
      body.discard();
      throw error;
    }
  }

  /** Whether it can be sent as often as need be. */
  get isWhole(): boolean {
    return this.#whole;
  }

  /** The form for a target, whose name for the model stands in it. */
  bodyFor(model: string): Uint8Array | AsyncIterable<Uint8Array> {
    const head = this.#headFor(model);
    return this.#whole ? head : this.#stream(head);
  }

  /** Bytes of the form for a target; null: nobody knows. */
  lengthFor(model: string): number | null {
    const { contentLength } = this.#options;
    return contentLength >= 0 ? contentLength + this.#headFor(model).length - this.#head.length : null;
  }

  async #readHead(): Promise<void> {
    const { contentLength, maxHeld } = this.#options;
    const scanner = this.#scanner;
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    // What is small is held whole, so that it can be sent again.
    while (contentLength <= SMALL || (scanner !== null && scanner.found === null)) {
      const piece = await this.#body.next();
      if (piece === null) {
        this.#whole = true;
        break;
      }
      pieces.push(piece);
      scanner?.push(piece);
      await this.#options.look?.(piece);
      if (this.#body.total > maxHeld) throw tooLargeBody(maxHeld);
    }
    this.#head = joinBytes(pieces);
    this.model = scanner?.found?.value ?? "";
  }

  /** The head with the target's name for the model: in its place, or as a part of its own before all others. */
  #headFor(model: string): Uint8Array<ArrayBuffer> {
    const found = this.#scanner?.found ?? null;
    if (this.#scanner === null || model === "" || found?.value === model) return this.#head;
    const name = encoder.encode(model);
    if (found === null) return joinBytes([this.#scanner.partBefore, name, LINE_END, this.#head]);
    return joinBytes([this.#head.subarray(0, found.start), name, this.#head.subarray(found.end)]);
  }

  async *#stream(head: Uint8Array): AsyncIterable<Uint8Array> {
    let over = false;
    try {
      if (head.length > 0) yield head;
      this.consumed = true;
      for (let piece = await this.#body.next(); piece !== null; piece = await this.#body.next()) {
        // Throws where another model is named behind the one that was looked up.
        this.#scanner?.push(piece);
        await this.#options.look?.(piece);
        yield piece;
      }
      over = true;
    } catch (error) {
      if (error instanceof GatewayError) this.onFailure(error);
      throw error;
    } finally {
      if (!over && this.consumed) this.discard();
    }
  }

  /** Nobody wants what is still to come. Idempotent. */
  discard(): void {
    if (this.#discarded || this.#whole) return;
    this.#discarded = true;
    this.#body.discard();
  }
}
