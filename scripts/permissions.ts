/**
 * What the binary may do, frozen into it: no native libraries, and no code from elsewhere. What each is for stands in
 * docs/security.md; what is not needed any more is given up after the start (`lib/cli/permissions.ts`).
 */
export const PERMISSIONS: readonly string[] = [
  // Clients, providers, stores, collectors: whatever the next configuration names.
  "--allow-net",
  // The configuration, secrets, certificates, the binary's own parts.
  "--allow-read",
  // Stores on disk, logs, exporters of type `file`.
  "--allow-write",
  // `${VARIABLE}`, and the variables of docs/configuration.md.
  "--allow-env",
  // Before the start alone: packages ask what system they are on.
  "--allow-sys",
  // Itself, as its own workers.
  "--allow-run",
];
