/** What is asked of the tables that are moved, and of the account that moves them. */
import { movedTables } from "../tables.ts";
import { ask, askList, judge, some } from "./ask.ts";
import type { Connected, Ends, Finding } from "./contract.ts";

/** Ordinary tables of schema `public`, as `movedTables` has them. */
const moved = `
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND nspname = 'public'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')`;

/** Of a row without one the publisher cannot say which it is, and then refuses to change it at all. */
export async function replicaIdentity(end: Connected): Promise<Finding> {
  const without = await askList(
    end,
    `SELECT relname ${moved} AND relreplident <> 'f' AND NOT EXISTS (
       SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisvalid
         AND CASE relreplident WHEN 'd' THEN indisprimary WHEN 'i' THEN indisreplident ELSE false END)
     ORDER BY relname`,
  );
  return judge(without.length === 0, "offline", {
    check: `primary keys of ${end.name}`,
    found: without.length === 0 ? "every table has one" : `${some(without)} without`,
    needed: "a primary key, or another replica identity, for every table",
    remedy: "Add one, or ALTER TABLE ... REPLICA IDENTITY FULL.",
  });
}

/** They are in no log. */
export async function unlogged(end: Connected): Promise<Finding> {
  const found = await askList(end, `SELECT relname ${moved} AND relpersistence = 'u' ORDER BY relname`);
  return judge(found.length === 0, "offline", {
    check: `unlogged tables of ${end.name}`,
    found: found.length === 0 ? "none" : some(found),
    needed: "none",
    remedy: "ALTER TABLE ... SET LOGGED.",
  });
}

/** What the promotion does on both sides, whatever its path. */
export async function ownership(end: Connected): Promise<Finding> {
  const { account, isSuperuser, mayCreate } = await ask<{
    account: string;
    isSuperuser: boolean;
    mayCreate: boolean;
  }>(
    end,
    `SELECT current_user AS account, rolsuper AS "isSuperuser",
       has_database_privilege(current_database(), 'CREATE') AS "mayCreate" FROM pg_roles WHERE rolname = current_user`,
  );
  const foreign = isSuperuser
    ? []
    : await askList(end, `SELECT relname ${moved} AND NOT pg_has_role(relowner, 'USAGE') ORDER BY relname`);
  const lacks = [
    ...(foreign.length > 0 ? [`does not own ${some(foreign)}`] : []),
    ...(mayCreate ? [] : ["may create nothing in the database"]),
  ];
  return judge(lacks.length === 0, "blocks", {
    check: `rights of ${account} on ${end.name}`,
    found: lacks.length === 0 ? "it owns the tables" : `it ${lacks.join(" and ")}`,
    needed: "the tables' owner, who may create in the database",
    remedy: "Use the address of the owner (DATABASE_ADMIN_URL), or GRANT CREATE ON DATABASE to it.",
  });
}

/**
 * To publish takes REPLICATION, which is a role at RDS; to subscribe takes `pg_create_subscription` from PostgreSQL 16 on
 * (https://www.postgresql.org/docs/17/logical-replication-security.html).
 */
export async function replicationRights(end: Connected): Promise<Finding> {
  const may = await ask<{ account: string; publishes: boolean; subscribes: boolean }>(
    end,
    `SELECT current_user AS account,
       rolsuper OR rolreplication OR EXISTS (
         SELECT FROM pg_roles AS role WHERE role.rolname = 'rds_replication' AND pg_has_role(role.oid, 'USAGE')) AS publishes,
       rolsuper OR EXISTS (SELECT FROM pg_roles AS role
         WHERE role.rolname = 'pg_create_subscription' AND pg_has_role(role.oid, 'USAGE')) AS subscribes
     FROM pg_roles WHERE rolname = current_user`,
  );
  const lacks = [
    ...(may.publishes ? [] : ["REPLICATION"]),
    ...(may.subscribes ? [] : ["pg_create_subscription"]),
  ];
  return judge(lacks.length === 0, "offline", {
    check: `replication by ${may.account} on ${end.name}`,
    found: lacks.length === 0 ? "it may publish and subscribe" : `it lacks ${lacks.join(" and ")}`,
    needed: "REPLICATION and pg_create_subscription",
    remedy: `As a superuser, or as the vendor says: ${lacks
      .map((lack) =>
        lack === "REPLICATION"
          ? `ALTER ROLE "${may.account}" REPLICATION (at RDS: GRANT rds_replication)`
          : `GRANT pg_create_subscription TO "${may.account}"`,
      )
      .join("; ")}.`,
  });
}

/** One that nothing of the application uses need not be there: vendors install their own. */
export async function extensions({ source, target }: Ends): Promise<Finding> {
  const used = await askList(source, usedExtensions);
  const available = new Set(await askList(target, "SELECT name FROM pg_available_extensions"));
  const without = used.filter((extension) => !available.has(extension));
  return judge(without.length === 0, "blocks", {
    check: `extensions of ${target.name}`,
    found:
      without.length === 0
        ? "all that are used"
        : `${some(without)} ${without.length === 1 ? "is" : "are"} not offered there`,
    needed: used.length === 0 ? "none" : `those that ${source.name}'s tables use: ${used.join(", ")}`,
    remedy: "Choose a database that offers them, or let the tables do without.",
  });
}

/** Of whose types, functions and operators a table, an index, a default or a constraint depends. */
const usedExtensions = `
  SELECT DISTINCT extname FROM pg_depend AS use
  JOIN pg_depend AS member ON member.classid = use.refclassid AND member.objid = use.refobjid
    AND member.deptype = 'e' AND member.refclassid = 'pg_extension'::regclass
  JOIN pg_extension ON pg_extension.oid = member.refobjid
  WHERE coalesce(
    CASE use.classid
      WHEN 'pg_class'::regclass THEN coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = use.objid), use.objid)
      WHEN 'pg_attrdef'::regclass THEN (SELECT adrelid FROM pg_attrdef WHERE pg_attrdef.oid = use.objid)
      WHEN 'pg_constraint'::regclass THEN (SELECT conrelid FROM pg_constraint WHERE pg_constraint.oid = use.objid)
    END, 0) IN (SELECT pg_class.oid ${moved})
  ORDER BY extname`;

/** Both sides have to have been made by the same version: rows are copied, tables are not. */
export async function migrations({ source, target }: Ends): Promise<Finding> {
  const [one, other] = await Promise.all([source, target].map(hashes));
  const missing = one!.filter((hash) => !other!.includes(hash)).length;
  const extra = other!.filter((hash) => !one!.includes(hash)).length;
  const isSame = missing === 0 && extra === 0 && one!.length > 0;
  return judge(isSame, "blocks", {
    check: `migrations of ${target.name}`,
    found:
      one!.length === 0
        ? `${source.name} has none: this is not the application's database`
        : isSame
          ? `the same ${one!.length} as ${source.name}`
          : `${missing} of ${source.name}'s are missing, and ${extra} are its own`,
    needed: `the same as ${source.name}`,
    remedy:
      "Bring both to the same version of the application (the same image; the role migrate runs with pulumi up).",
  });
}

async function hashes(end: Connected): Promise<string[]> {
  const { isThere } = await ask<{ isThere: boolean }>(
    end,
    `SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS "isThere"`,
  );
  return isThere ? askList(end, "SELECT hash FROM drizzle.__drizzle_migrations ORDER BY hash") : [];
}

/** What is on the target is emptied before rows come: nobody's may be there. */
export async function emptiness({ target }: Ends): Promise<Finding> {
  const filled: string[] = [];
  for (const { quoted, name } of await movedTables(target.client)) {
    const { rowCount } = await target.client.query(`SELECT FROM ${quoted} LIMIT 1`);
    if (rowCount !== 0) filled.push(name);
  }
  const foreign = filled.filter((name) => ["organizations", "users", "sessions"].includes(name));
  const counts = await Promise.all(
    foreign.map(async (name) => {
      const { count } = await ask<{ count: number }>(
        target,
        `SELECT count(*)::int AS count FROM public."${name}"`,
      );
      return `${count} ${name}`;
    }),
  );
  return judge(counts.length === 0, "blocks", {
    check: `what is on ${target.name}`,
    found:
      counts.length === 0
        ? filled.length === 0
          ? "nothing"
          : `rows in ${some(filled)}, which go`
        : counts.join(", "),
    needed: "no organizations, users and sessions",
    remedy: "Promote to a new stack, or remove what is there if nobody needs it.",
  });
}
