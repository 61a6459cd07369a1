/** Postgres over TLS: authorities, names, the gateway's own certificate, passwords. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { PostgresClient } from "../../../lib/stores/postgres/postgres_client.ts";
import { PostgresOpenError } from "../../../lib/stores/postgres/postgres_open_error.ts";
import type { ServerTls } from "../../../lib/stores/server_tls.ts";
import { requires } from "../../requires.ts";
import { Certificates } from "../../server/certificates.ts";
import { PostgresServer } from "../postgres_server.ts";

const { ignore } = requires("postgres", "openssl");
const database = { name: "one", migrations: ["CREATE TABLE one (a int)"] };
const NOTHING: ServerTls = { ca: null, certificate: null, key: null, serverName: null, insecure: false };

/** What the server tells of the connection, or why there is none. */
async function encrypted(url: string, tls: ServerTls | null, server: PostgresServer): Promise<unknown> {
  const client = new PostgresClient({ ...server.options(), url, tls });
  try {
    await client.use(database);
    const [row] = await client.run(
      "SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    );
    return row;
  } catch (error) {
    if (error instanceof PostgresOpenError) return error.reason;
    throw error;
  } finally {
    await client.close();
  }
}

Deno.test({
  name: "postgres over TLS: who the server is and who the gateway is",
  ignore,
  async fn() {
    await using certificates = await Certificates.create();
    const authority = await certificates.authority("authority");
    const stranger = await certificates.authority("stranger");
    const own = await certificates.certificate("server", "authority");
    const gateway = await certificates.certificate("gateway", "authority");
    await using server = await PostgresServer.start({
      settings: ["ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key", "ssl_ca_file=ca.crt"],
      files: {
        "server.crt": own.cert,
        "server.key": own.key,
        "ca.crt": authority.cert,
        "pg_hba.conf": "hostssl shown all 127.0.0.1/32 cert\nhost all all 127.0.0.1/32 trust\n",
      },
    });
    await server.query("CREATE DATABASE shown");
    const at = (host: string, name = "postgres") => `postgres://gateway@${host}:${server.port}/${name}`;
    const known = { ...NOTHING, ca: authority.cert };
    assertEquals(await encrypted(at("127.0.0.1"), null, server), { ssl: false, client_dn: null });
    assertEquals(await encrypted(at("localhost"), known, server), { ssl: true, client_dn: null });
    // The certificate is for the address, too.
    assertEquals(await encrypted(at("127.0.0.1"), known, server), { ssl: true, client_dn: null });

    const unknown = { ...NOTHING, ca: stranger.cert };
    assert(/certificate/.test(String(await encrypted(at("localhost"), unknown, server))));
    assert(/certificate/.test(String(await encrypted(at("localhost"), NOTHING, server))));
    assertEquals(await encrypted(at("localhost"), { ...unknown, insecure: true }, server), {
      ssl: true,
      client_dn: null,
    });
    const other = await encrypted(at("localhost"), { ...known, serverName: "other.example" }, server);
    assert(/altnames|not valid for name/.test(String(other)), String(other));

    const shown = { ...known, certificate: gateway.cert, key: gateway.key };
    assertEquals(await encrypted(at("localhost", "shown"), shown, server), {
      ssl: true,
      client_dn: "/CN=gateway",
    });
    const hidden = String(await encrypted(at("localhost", "shown"), known, server));
    assert(/certificate/.test(hidden), hidden);
  },
});

Deno.test({
  name: "postgres without TLS is refused where TLS is asked for",
  ignore,
  async fn() {
    await using server = await PostgresServer.start();
    const reason = await encrypted(server.url, NOTHING, server);
    assertEquals(reason, "The server does not support SSL connections");
  },
});

Deno.test({
  name: "postgres with a password: the right one, a wrong one, none",
  ignore,
  async fn() {
    await using server = await PostgresServer.start({
      files: {
        "pg_hba.conf": "host all reader 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n",
      },
    });
    await server.query("CREATE ROLE reader LOGIN PASSWORD 'p@ss:w/rd é'");
    const as = (password: string) =>
      new PostgresClient({
        ...server.options(),
        url: `postgres://reader${password}@127.0.0.1:${server.port}/postgres`,
      });
    const right = as(`:${encodeURIComponent("p@ss:w/rd é")}`);
    assertEquals(await right.run("SELECT current_user::text AS name"), [{ name: "reader" }]);
    await right.close();
    for (const password of ["", ":wrong"]) {
      const client = as(password);
      const error = await assertRejects(() => client.use(database), PostgresOpenError);
      assert(/password/i.test(error.reason) && !error.message.includes("wrong"), error.message);
      await client.close();
    }
  },
});
