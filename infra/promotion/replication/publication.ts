import { type ClientBase, escapeIdentifier } from "pg";
import { PromotionError } from "../contract.ts";
import type { MovedTable } from "../tables.ts";
import { alone } from "./alone.ts";

interface Publication {
  readonly name: string;
  /** All that is in it, and nothing else: where it is there with others, it is changed. */
  readonly tables: readonly Pick<MovedTable, "schema" | "name" | "quoted">[];
}

/**
 * Offers the changes of tables to whoever subscribes. Nothing is kept for anybody yet.
 *
 * @param client of the tables' owner, who may create in the database.
 * @throws {PromotionError} where there are no tables.
 */
export async function publish(client: ClientBase, { name, tables }: Publication): Promise<void> {
  if (tables.length === 0)
    throw new PromotionError(
      `There are no tables to publish as ${name}. Is this the application's database? Run its migrations first.`,
    );
  const list = tables.map(({ quoted }) => `ONLY ${quoted}`).join(", ");
  const publication = escapeIdentifier(name);
  await alone([client], name, async () => {
    const published = await publishedTables(client, name);
    if (published === undefined)
      await client.query(
        `CREATE PUBLICATION ${publication} FOR TABLE ${list} WITH (publish = 'insert, update, delete, truncate')`,
      );
    else if (
      !isSame(
        published,
        tables.map(({ quoted }) => quoted),
      )
    )
      await client.query(`ALTER PUBLICATION ${publication} SET TABLE ${list}`);
  });
}

/** Does nothing where there is none of that name. */
export const unpublish = (client: ClientBase, name: string): Promise<void> =>
  alone([client], name, async () => {
    await client.query(`DROP PUBLICATION IF EXISTS ${escapeIdentifier(name)}`);
  });

/** @returns `undefined` where there is no such publication. */
export async function publishedTables(client: ClientBase, name: string): Promise<string[] | undefined> {
  const { rows } = await client.query<{ tables: string[] }>(
    `SELECT array(
       SELECT format('%I.%I', nspname, relname)
       FROM pg_publication_rel JOIN pg_class ON pg_class.oid = prrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE prpubid = pg_publication.oid
     ) AS tables FROM pg_publication WHERE pubname = $1`,
    [name],
  );
  return rows[0]?.tables;
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.toSorted().join() === other.toSorted().join();
