/** A certificate authority and a certificate of it for `localhost` and 127.0.0.1, all PEM. */
export interface TestCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes them with the `openssl` command, or returns null where there is none. */
export async function testCertificates(): Promise<TestCertificates | null> {
  const directory = await Deno.makeTempDir();
  const run = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("openssl", { args, cwd: directory, stdout: "null" })
      .output();
    if (!success) throw new Error(`Cannot make certificates: ${new TextDecoder().decode(stderr)}`);
  };
  try {
    await Deno.writeTextFile(`${directory}/ext`, "subjectAltName=DNS:localhost,IP:127.0.0.1");
    const authority = ["-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA"];
    await run("req", "-x509", ...EC, ...authority, "-addext", "basicConstraints=critical,CA:TRUE");
    await run("req", ...EC, "-keyout", "key.pem", "-out", "server.csr", "-subj", "/CN=localhost");
    const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext"];
    await run("x509", "-req", "-in", "server.csr", "-out", "cert.pem", ...signing);
    const read = (name: string) => Deno.readTextFile(`${directory}/${name}`);
    return { ca: await read("ca.pem"), cert: await read("cert.pem"), key: await read("key.pem") };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
