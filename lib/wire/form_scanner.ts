import { Buffer } from "node:buffer";
import { GatewayError } from "../errors.ts";

/** The headers of one part may be so long, bytes. */
const MAX_HEADERS = 16 * 1024;
/** The value that is looked for may be so long, bytes. */
const MAX_VALUE = 1024;

const CRLF = "\r\n";
const HEADERS_END = Buffer.from("\r\n\r\n");
const DISPOSITION = /^content-disposition:[ \t]*form-data[ \t]*;(.*)$/im;
const BOUNDARY = /;[ \t]*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;

/** Where a field's value stands in the form, counted in bytes from its beginning. */
export interface FormField {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The boundary of a form.
 * @throws {GatewayError} where the header names none.
 * @see https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1
 */
export function boundaryOf(contentType: string): string {
  const match = BOUNDARY.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformed("its content type names no boundary");
  return boundary;
}

/**
 * Looks for one field of a form (`multipart/form-data`) while the form goes by in pieces of any size. Holds no more
 * than a part's headers or the value.
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
export class FormScanner {
  /** The field, once its value is there whole. */
  found: FormField | null = null;
  /** The end of the form was seen. */
  ended = false;
  /** What stands before the field's value in a part of its own; an end of line has to follow the value. */
  readonly partBefore: Uint8Array<ArrayBuffer>;
  readonly #field: string;
  readonly #delimiter: Buffer;
  /** What has to be looked at again together with what comes next. The first delimiter may lack its line's start. */
  #rest: Buffer = Buffer.from(CRLF);
  /** Where `#rest` begins in the form. */
  #offset = -CRLF.length;
  #state: "content" | "headers" | "value" = "content";
  #valueStart = 0;

  constructor(boundary: string, field: string) {
    this.#delimiter = Buffer.from(`${CRLF}--${boundary}`, "latin1");
    this.#field = field;
    this.partBefore = Buffer.from(
      `--${boundary}${CRLF}Content-Disposition: form-data; name="${field}"${CRLF}${CRLF}`,
      "latin1",
    );
  }

  /** @throws {GatewayError} 400 where it is no form, or names the field twice: then nobody knows which one counts. */
  push(chunk: Uint8Array): void {
    if (this.ended || chunk.length === 0) return;
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (!this.ended && this.#step());
  }

  /** @returns whether there may be more to find in what is there. */
  #step(): boolean {
    return this.#state === "headers" ? this.#headers() : this.#content();
  }

  /** A part's content, up to the next delimiter. */
  #content(): boolean {
    const at = this.#rest.indexOf(this.#delimiter);
    if (this.#state === "value") this.#value(at);
    if (at === -1) {
      // A delimiter may have begun. A value is held whole.
      if (this.#state === "content") this.#drop(this.#rest.length - this.#delimiter.length);
      return false;
    }
    this.#drop(at + this.#delimiter.length);
    this.#state = "headers";
    return true;
  }

  #value(end: number): void {
    const length = end === -1 ? this.#rest.length - this.#delimiter.length : end;
    if (length > MAX_VALUE) throw malformed(`the value of '${this.#field}' is too long`);
    if (end === -1) return;
    if (this.found !== null) throw malformed(`it has '${this.#field}' twice`);
    const value = this.#rest.toString("utf8", 0, end);
    this.found = { value, start: this.#valueStart, end: this.#valueStart + end };
  }

  /** What follows a delimiter: the form's end, or a part's headers. */
  #headers(): boolean {
    const rest = this.#rest;
    if (rest.length < 2) return false;
    if (rest[0] === 0x2d && rest[1] === 0x2d) {
      this.ended = true;
      return false;
    }
    const end = rest.indexOf(HEADERS_END);
    if (end > MAX_HEADERS || (end === -1 && rest.length > MAX_HEADERS)) {
      throw malformed("a part's headers are too long");
    }
    if (end === -1) return false;
    const isField = nameIn(rest.toString("latin1", 0, end)) === this.#field;
    this.#drop(end + HEADERS_END.length);
    this.#valueStart = this.#offset;
    this.#state = isField ? "value" : "content";
    return true;
  }

  #drop(length: number): void {
    if (length <= 0) return;
    this.#rest = this.#rest.subarray(length);
    this.#offset += length;
  }
}

/** The name of a field, in a part's headers; null: it is a file, or none. */
function nameIn(headers: string): string | null {
  const parameters = DISPOSITION.exec(headers)?.[1];
  if (parameters === undefined || /;?[ \t]*filename\*?=/i.test(parameters)) return null;
  const name = /(?:^|;)[ \t]*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(parameters);
  return name?.[1] ?? name?.[2] ?? null;
}

function malformed(why: string): GatewayError {
  return new GatewayError("invalid_request", `The form cannot be read: ${why}.`);
}
