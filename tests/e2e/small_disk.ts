/** Whether a test may mount a disk of its own. */
export const MAY_MOUNT = Deno.build.os === "linux" && Deno.uid() === 0;

/** A disk of 2 MB that can be filled. Needs root: {@link MAY_MOUNT}. */
export class SmallDisk implements AsyncDisposable {
  private constructor(readonly directory: string) {}

  static async mount(): Promise<SmallDisk> {
    const directory = await Deno.makeTempDir({ prefix: "small-disk-" });
    await command("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", directory);
    return new SmallDisk(directory);
  }

  get #filler(): string {
    return `${this.directory}/filler`;
  }

  /** Writes until the disk is full. */
  async fill(): Promise<void> {
    using file = await Deno.open(this.#filler, { create: true, write: true });
    const block = new Uint8Array(4096);
    try {
      for (;;) await file.write(block);
    } catch {
      // That was the aim.
    }
  }

  /** Takes away what {@link fill} wrote. */
  async empty(): Promise<void> {
    await Deno.remove(this.#filler);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await command("umount", this.directory);
    await Deno.remove(this.directory);
  }
}

async function command(name: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(name, { args }).output();
  if (code !== 0) throw new Error(`Cannot run ${name}: ${new TextDecoder().decode(stderr)}`);
}
