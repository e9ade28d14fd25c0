import { type ClientBase, escapeIdentifier, escapeLiteral } from "pg";
import { PromotionError } from "../contract.ts";
import { alone } from "./alone.ts";
import { conninfoOf, withoutSecretsOf } from "./conninfo.ts";
import { publishedTables } from "./publication.ts";
import { createSlot, dropCopySlots, dropSlot, findSlot } from "./slot.ts";

/** The two ends of a subscription, as owners, in no transaction. */
export interface Link {
  /** Takes the changes. */
  readonly subscriber: ClientBase;
  /** Makes them. */
  readonly publisher: ClientBase;
  /** Of subscription and slot. */
  readonly name: string;
}

interface Wanted {
  /** The publisher as the subscriber's server reaches it. A secret. */
  readonly dialUrl: string;
  readonly publication: string;
  /** Whether what is there already is copied first, into tables that have to be empty. */
  readonly copyData: boolean;
  /** `none`: without changes that the publisher has itself got from elsewhere. */
  readonly origin: "any" | "none";
}

/** https://www.postgresql.org/docs/17/errcodes-appendix.html: `insufficient_privilege`. */
const denied = "42501";

/**
 * From here on the subscriber ends each statement after half a minute: one that dials a server which is heard no more waits
 * for ever, `connect_timeout` or not, and keeps the locks that whoever comes next waits for.
 */
const limitStatements = (subscriber: ClientBase) => subscriber.query("SET statement_timeout = 30000");

/**
 * From here on the changes of a publication arrive, in the order of their commits. The slot is made first and by itself, so
 * that the subscription is there wholly or not at all, whatever is killed when; one that is there stays, with this address.
 *
 * @returns by what the publisher names the slots of first copies: `dropCopySlots`, where the subscriber tells it no more.
 * @throws {PromotionError} where a table is not empty that is to be copied, the server does not get in at the other one, its
 *   account may not subscribe, or the slot of an earlier subscription is gone with changes that never arrived.
 */
export async function subscribe(link: Link, wanted: Wanted): Promise<string> {
  const { subscriber, publisher, name } = link;
  await alone([subscriber, publisher], name, async () => {
    await limitStatements(subscriber);
    const found = await find(subscriber, name);
    if (found?.slot === name) return renew(link, wanted);
    // What is left of one that was being removed.
    if (found) await subscriber.query(`DROP SUBSCRIPTION ${escapeIdentifier(name)}`);
    const tables = await publishedTables(publisher, wanted.publication);
    if (tables === undefined)
      throw new PromotionError(
        `There is no publication ${wanted.publication} to subscribe to. Publish first.`,
      );
    if (wanted.copyData) await refuseFilled(subscriber, tables);
    await createSlot(publisher, name);
    await dialling(
      subscriber,
      wanted.dialUrl,
      `format('CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %I WITH (create_slot = false, slot_name = %L, copy_data = ${wanted.copyData}, origin = ${wanted.origin})',
         ${escapeLiteral(name)}, dial, ${escapeLiteral(wanted.publication)}, ${escapeLiteral(name)})`,
    );
  });
  return idOf(subscriber);
}

/**
 * Ends it, on the subscriber first. Does nothing where it is gone.
 *
 * @param link.publisher absent: it is away, and keeps the slot. To be called again once it is back: `orphanedSlots` tells.
 */
export async function unsubscribe({
  subscriber,
  publisher,
  name,
}: Omit<Link, "publisher"> & { readonly publisher: ClientBase | undefined }): Promise<void> {
  const clients = publisher ? [subscriber, publisher] : [subscriber];
  await alone(clients, name, async () => {
    await limitStatements(subscriber);
    const subscription = escapeIdentifier(name);
    if (await find(subscriber, name)) {
      await subscriber.query(`ALTER SUBSCRIPTION ${subscription} DISABLE`);
      // So that it goes without a word from the publisher.
      await subscriber.query(`ALTER SUBSCRIPTION ${subscription} SET (slot_name = NONE)`);
      await subscriber.query(`DROP SUBSCRIPTION ${subscription}`);
    }
    if (publisher === undefined) return;
    await dropSlot(publisher, name);
    await dropCopySlots(publisher, await idOf(subscriber));
  });
}

/** Whether a server gets in at another one and may subscribe to it. Nothing is made. @throws {PromotionError} why not. */
export async function tryDial(subscriber: ClientBase, dialUrl: string): Promise<void> {
  await limitStatements(subscriber);
  await dialling(
    subscriber,
    dialUrl,
    "format('CREATE SUBSCRIPTION tf_probe CONNECTION %L PUBLICATION tf_probe WITH (create_slot = false, slot_name = tf_probe, enabled = false, copy_data = false)', dial)",
    "ROLLBACK",
  );
}

async function renew({ subscriber, publisher, name }: Link, { dialUrl, copyData }: Wanted): Promise<void> {
  const slot = await findSlot(publisher, name);
  if (slot === undefined || slot.walStatus === "lost")
    throw new PromotionError(
      `Subscription ${name} has lost its slot${slot ? ": the publisher kept less of its log than was needed (max_slot_wal_keep_size)" : ""}. Undo it, empty the tables, and subscribe again.`,
    );
  const subscription = escapeIdentifier(name);
  await dialling(
    subscriber,
    dialUrl,
    `format('ALTER SUBSCRIPTION %I CONNECTION %L', ${escapeLiteral(name)}, dial)`,
  );
  await subscriber.query(`ALTER SUBSCRIPTION ${subscription} ENABLE`);
  await subscriber.query(
    `ALTER SUBSCRIPTION ${subscription} REFRESH PUBLICATION WITH (copy_data = ${copyData})`,
  );
}

/**
 * Carries out a statement with an address in it, named `dial`. It is a parameter, and an error of the statement is caught
 * before the server's log has the statement: passwords stand in `pg_subscription` alone, which only superusers read.
 *
 * @param statement expression that yields it.
 */
async function dialling(
  client: ClientBase,
  dialUrl: string,
  statement: string,
  end: "COMMIT" | "ROLLBACK" = "COMMIT",
): Promise<void> {
  const conninfo = conninfoOf(dialUrl);
  await client.query("BEGIN");
  try {
    await client.query("SELECT set_config('testfarm.dial', $1, true)", [conninfo]);
    await client.query(`DO $do$
      DECLARE
        dial text := current_setting('testfarm.dial');
      BEGIN
        EXECUTE ${statement};
      EXCEPTION WHEN OTHERS THEN
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = replace(SQLERRM, dial, '***');
      END $do$`);
    await client.query(end);
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    const { code, message } = error as { code?: string; message: string };
    // A connection that is gone is the runner's to open again.
    if (code === undefined || !/^[\dA-Z]{5}$/.test(code)) throw error;
    const remedy =
      code === denied
        ? " Grant its account pg_create_subscription, and CREATE on the database."
        : ` It dials ${new URL(dialUrl).host}: can that server reach it, and may the account there replicate (ALTER ROLE ... REPLICATION)?`;
    // Not the error itself: it may quote the address.
    throw new PromotionError(
      `The subscriber's server cannot subscribe: ${withoutSecretsOf(dialUrl, message)}.${remedy}`,
    );
  }
}

async function find(client: ClientBase, name: string): Promise<{ readonly slot: string | null } | undefined> {
  const { rows } = await client.query<{ slot: string | null }>(
    `SELECT subslotname AS slot FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid
     WHERE subname = $1 AND datname = current_database()`,
    [name],
  );
  return rows[0];
}

/** What a first copy would stumble over for ever. */
async function refuseFilled(client: ClientBase, tables: readonly string[]): Promise<void> {
  const filled: string[] = [];
  for (const table of tables) {
    const { rowCount } = await client.query(`SELECT FROM ONLY ${table} LIMIT 1`);
    if (rowCount !== 0) filled.push(table);
  }
  if (filled.length === 0) return;
  throw new PromotionError(
    `${filled.join(", ")} on the subscriber ${filled.length === 1 ? "is" : "are"} not empty, and nothing can be copied on top of what is there. Empty the target's tables.`,
  );
}

/** By which a publisher names the slots of first copies. */
async function idOf(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    "SELECT system_identifier::text AS id FROM pg_control_system()",
  );
  return rows[0]!.id;
}
