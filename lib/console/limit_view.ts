/** A limit and what of it is used now, as JSON can say it. */
export interface LimitView {
  readonly scope: "key" | "team" | "user" | "model";
  /** Of the key, team or user; the name of a model. */
  readonly id: string;
  /** The same for people. */
  readonly name: string;
  /** As the configuration calls it. */
  readonly limit: "rpm" | "tpm" | "max_parallel";
  readonly used: number;
  readonly of: number;
}

/** Of processes that each have their share of every limit: all of them together. */
export function allLimits(views: readonly LimitView[]): LimitView[] {
  const groups = Map.groupBy(views, ({ scope, id, limit }) => `${scope}\n${id}\n${limit}`);
  return [...groups.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    const sum = (key: "used" | "of") => list.reduce((all, it) => all + it[key], 0);
    return [{ ...first, used: sum("used"), of: sum("of") }];
  });
}
