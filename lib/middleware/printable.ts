const PRINTABLE = /^[\x20-\x7e]*$/;

/** Header values are Latin-1; names of models and categories may be anything. */
export function printable(value: string): string {
  return PRINTABLE.test(value) ? value : encodeURI(value.toWellFormed());
}
