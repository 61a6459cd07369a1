import { Client } from "undici";

/** What `undici/client` has: the file of the package that declares no types of its own. */
export default Client;
