import type { PostgresDatabase } from "./database.ts";

/** The databases there are: a store in Postgres is a row here and a class that asks for its tables. */
export const DATABASES = {} as const satisfies Readonly<Record<string, PostgresDatabase>>;

export type DatabaseName = keyof typeof DATABASES;
