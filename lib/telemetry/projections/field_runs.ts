const encoder = new TextEncoder();

/** Values of a run of fields. */
type RunValue = string | number | boolean | null;

interface Run {
  readonly values: readonly RunValue[];
  readonly bytes: Uint8Array;
}

/** More than a gateway has models, paths or programs that call it in a while; what clients make up fills no memory. */
const MAX_RUNS = 256;
const MAX_RUN_BYTES = 1024;

/** Neighbouring fields of a line that come again together, remembered as bytes. */
export class FieldRuns {
  readonly #runs = new Map<string, Run>();

  /** @param write gives the fields' text where they were not seen together lately. @param key the value that differs most. */
  bytes(
    key: string,
    a: RunValue,
    b: RunValue,
    c: RunValue,
    d: RunValue,
    e: RunValue,
    write: () => string,
  ): Uint8Array {
    const known = this.#runs.get(key);
    if (known !== undefined) {
      const { values } = known;
      if (values[0] === a && values[1] === b && values[2] === c && values[3] === d && values[4] === e) {
        return known.bytes;
      }
    }
    const bytes = encoder.encode(write());
    if (bytes.length <= MAX_RUN_BYTES) {
      if (this.#runs.size >= MAX_RUNS) this.#runs.clear();
      this.#runs.set(key, { values: [a, b, c, d, e], bytes });
    }
    return bytes;
  }
}
