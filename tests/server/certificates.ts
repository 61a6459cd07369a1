/** Authorities, certificates and keys for tests, as files, made by openssl. */

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export class Certificates implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<Certificates> {
    return new Certificates(await Deno.makeTempDir({ prefix: "certificates-" }));
  }

  /** An authority of the name. */
  async authority(name: string): Promise<Certificate> {
    await openssl(
      this.directory,
      `req -x509 ${NEW_KEY} -days 30 -keyout ${name}.key -out ${name}.crt -subj /CN=${name}`,
    );
    return await this.#read(name);
  }

  /** A certificate for `localhost`, of an authority. */
  async certificate(name: string, authority: string): Promise<Certificate> {
    const { directory } = this;
    await Deno.writeTextFile(`${directory}/extensions`, "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    await openssl(directory, `req ${NEW_KEY} -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`);
    await openssl(
      directory,
      `x509 -req -in ${name}.csr -CA ${authority}.crt -CAkey ${authority}.key -CAcreateserial -days 30 ` +
        `-extfile extensions -out ${name}.crt`,
    );
    return await this.#read(name);
  }

  async #read(name: string): Promise<Certificate> {
    const [certFile, keyFile] = [`${this.directory}/${name}.crt`, `${this.directory}/${name}.key`];
    return {
      certFile,
      keyFile,
      cert: await Deno.readTextFile(certFile),
      key: await Deno.readTextFile(keyFile),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

const NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

/** Runs openssl; its whole output. @throws where it fails, unless that is `expected`. */
export async function openssl(cwd: string, args: string, expected = false): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.env.get("OPENSSL_BIN") || "openssl", {
    args: args.split(" "),
    cwd,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success && !expected) throw new Error(`openssl ${args}\n${text}`);
  return text;
}

/** Runs curl over a connection of its own. */
export async function curl(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout } = await new Deno.Command(Deno.env.get("CURL_BIN") || "curl", {
    args: ["--silent", "--max-time", "10", ...args],
    stdin: "null",
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}
