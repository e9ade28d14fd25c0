import { z } from "zod";
import { deletionProtection, fixed, get, kind, type Request, secret } from "../../vendor/kind.ts";
import {
  type AllowedBlock,
  blocksOf,
  byName,
  type DatabaseStatus,
  differing,
  ipAllowList,
  isEmpty,
  listOf,
  name,
  ownerId,
  progressOf,
  region,
  type Region,
} from "./common.ts";

/** Those of today: the names without a size are of databases from before. */
const plans = [
  "free",
  "basic_256mb",
  "basic_1gb",
  "basic_4gb",
  "pro_4gb",
  "pro_8gb",
  "pro_16gb",
  "pro_32gb",
  "pro_64gb",
  "pro_128gb",
  "pro_192gb",
  "pro_256gb",
  "accelerated_16gb",
  "accelerated_32gb",
  "accelerated_64gb",
  "accelerated_128gb",
  "accelerated_256gb",
] as const;

/** What is used of the answer to a question for a database. */
interface Database {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly id: string };
  readonly region: Region;
  readonly version: string;
  readonly plan: (typeof plans)[number];
  readonly diskSizeGB?: number;
  readonly highAvailabilityEnabled: boolean;
  readonly ipAllowList: readonly AllowedBlock[] | null;
  readonly status: DatabaseStatus;
  readonly databaseName: string;
  readonly databaseUser: string;
}

/** Both are `postgresql://user:password@host[:port]/database`. */
interface Connection {
  readonly password: string;
  readonly internalConnectionString: string;
  readonly externalConnectionString: string;
}

const inputs = z.strictObject({
  name,
  ownerId,
  region,
  version: fixed(z.enum(["16", "17", "18"], { error: "must be one of 16, 17, 18" }).default("17")).describe(
    "PostgreSQL's major version. Default 17. A change replaces it.",
  ),
  plan: z
    .enum(plans, { error: `must be one of ${plans.join(", ")}` })
    .default("basic_256mb")
    .describe("Processor and memory: see https://render.com/pricing. Default basic_256mb."),
  diskSizeGB: z
    .int({ error: "must be 1, or a multiple of 5" })
    .refine((size) => size === 1 || (size > 0 && size % 5 === 0), "must be 1, or a multiple of 5")
    .optional()
    .describe("Gigabytes of its disk, which grows only. Absent: as Render has it for the plan."),
  highAvailability: z
    .boolean({ error: "must be true or false" })
    .default(false)
    .describe("Whether a standby takes over when it fails; from the pro plans on. Default false."),
  ipAllowList,
  deletionProtection,
});

type Given = z.output<typeof inputs>;

const settingsOf = ({ plan, diskSizeGB, highAvailability, ipAllowList: list }: Partial<Given>) => ({
  plan,
  ...(diskSizeGB !== undefined && { diskSizeGB }),
  enableHighAvailability: highAvailability,
  ipAllowList: list && blocksOf(list),
});

export const postgres = kind({
  description: "A PostgreSQL database in one region.",
  isStateful: true,
  patience: 20 * 60,
  inputs,
  outputs: z.object({
    host: z.string().describe("Its host name in the private network of its region."),
    externalHost: z.string().describe("Its host name elsewhere, where TLS is a must."),
    port: z.number().describe("Port of both."),
    database: z.string().describe("Name of the database."),
    user: z.string().describe("Account that owns it."),
    password: secret(z.string()).describe("Password of that account."),
  }),
  find: (given) => byName("/v1/postgres", "postgres", given),
  create: (given): Request<{ readonly id: string }> => ({
    method: "POST",
    path: "/v1/postgres",
    body: {
      name: given.name,
      ownerId: given.ownerId,
      region: given.region,
      version: given.version,
      ...settingsOf(given),
    },
  }),
  created: ({ id }) => ({ id }),
  apply(id, now, old) {
    const body = differing(settingsOf(now), settingsOf(old));
    return isEmpty(body) ? [] : [{ method: "PATCH", path: `/v1/postgres/${id}`, body }];
  },
  read: (id) => ({
    database: get<Database>(`/v1/postgres/${id}`),
    connection: get<Connection>(`/v1/postgres/${id}/connection-info`),
  }),
  progress: ({ database: { status, id } }) => progressOf(status, id),
  tell({ database, connection }) {
    const external = new URL(connection.externalConnectionString);
    return {
      inputs: {
        name: database.name,
        ownerId: database.owner.id,
        region: database.region,
        version: database.version as Given["version"],
        plan: database.plan,
        ...(database.diskSizeGB !== undefined && { diskSizeGB: database.diskSizeGB }),
        highAvailability: database.highAvailabilityEnabled,
        ipAllowList: listOf(database.ipAllowList),
      },
      outputs: {
        host: new URL(connection.internalConnectionString).hostname,
        externalHost: external.hostname,
        port: Number(external.port || 5432),
        database: database.databaseName,
        user: database.databaseUser,
        password: connection.password,
      },
    };
  },
  remove: (id) => [{ method: "DELETE", path: `/v1/postgres/${id}` }],
});
