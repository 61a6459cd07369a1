/** What many things are counted by, a bounded number of names: what comes later is counted together. */
export class Groups<T> {
  readonly #groups = new Map<string, T>();

  constructor(private readonly make: () => T, private readonly most: number) {}

  get(name: string): T {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    if (this.#groups.size >= this.most && name !== OTHER) return this.get(OTHER);
    const group = this.make();
    this.#groups.set(name, group);
    return group;
  }

  /** By `weight`, the largest first. */
  sorted(weight: (group: T) => number): [name: string, group: T][] {
    return [...this.#groups].sort(([, a], [, b]) => weight(b) - weight(a));
  }
}

const OTHER = "(other)";
