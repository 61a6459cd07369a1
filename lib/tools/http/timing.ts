/** When what happened of one request, milliseconds of `performance.now()`; -1: it did not. */
export class Timing {
  /** Looking up the host's name, milliseconds; 0 for an address, -1 on a connection that stood already. */
  dns = -1;
  connect = -1;
  tls = -1;
  /** The request was handed to the connection. */
  sentAt = -1;
  /** Status and headers came. */
  headersAt = -1;
  /** The first byte of the body came. */
  firstByteAt = -1;
  endAt = -1;

  /** Making the connection: name, TCP and TLS; null on one that stood already. */
  get network(): number | null {
    return this.connect < 0 ? null : Math.max(0, this.dns) + this.connect + Math.max(0, this.tls);
  }

  /** From the request's sending to the first byte of the answer; null: none came. */
  get ttfb(): number | null {
    return this.headersAt < 0 ? null : this.headersAt - this.sentAt;
  }

  /** From the request's sending to the answer's end; null: there was none. */
  get total(): number | null {
    return this.endAt < 0 ? null : this.endAt - this.sentAt;
  }
}
