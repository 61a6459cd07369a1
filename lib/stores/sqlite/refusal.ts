/** A command that cannot be done as it was asked for, however well the database is. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
