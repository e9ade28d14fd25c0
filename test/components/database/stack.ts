import * as pulumi from "@pulumi/pulumi";
import { StackAccounts } from "../../../components/accounts.ts";
import { database } from "../../../components/database/index.ts";
import type { Database, DatabaseArgs } from "../../../infra/contracts/managed.ts";
import type { Recording, Response } from "../../../infra/plan/record.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

export type Company = keyof typeof database;

export const ids = {
  fly: "farm",
  neon: "org-farm",
  railway: "11111111-1111-1111-1111-111111111111",
  render: "tea-farm",
  supabase: "farm",
};
const tokens = ["flyToken", "neonApiKey", "railwayToken", "renderApiKey", "supabaseAccessToken"] as const;

/** What a company answers when its resources are made; its own passwords have to be encoded in an address. */
const answers: Readonly<Record<string, Response>> = {
  "testfarm:fly:Postgres": {
    state: {
      host: "direct.k1v5.flympg.net",
      port: 5432,
      poolerHost: "pgbouncer.k1v5.flympg.net",
      poolerPort: 5432,
      password: "canary@fly/owner",
    },
  },
  "testfarm:fly:PostgresUser": { state: { password: "canary@fly/app" } },
  "testfarm:neon:Project": {
    state: {
      host: "ep-calm-mole.eu-central-1.aws.neon.tech",
      pooledHost: "ep-calm-mole-pooler.eu-central-1.aws.neon.tech",
      port: 5432,
      database: "testfarm",
      owner: "admin",
      password: "canary@neon/owner",
    },
  },
  "testfarm:railway:Project": { id: "project-1", state: { environment: "environment-1" } },
  "testfarm:railway:Volume": { state: { volume: "volume-1" } },
  "testfarm:railway:Service": { state: { privateHost: "postgres.railway.internal" } },
  "testfarm:render:Postgres": {
    state: {
      host: "dpg-a1b2-a",
      externalHost: "dpg-a1b2-a.frankfurt-postgres.render.com",
      port: 5432,
      database: "testfarm_test",
      user: "testfarm_test_user",
      password: "canary@render/owner",
    },
  },
  "testfarm:supabase:Project": {
    id: "abcdefghijklmnopqrst",
    state: {
      host: "db.abcdefghijklmnopqrst.supabase.co",
      port: 5432,
      database: "postgres",
      owner: "postgres",
      poolerHost: "aws-1-eu-central-1.pooler.supabase.com",
      poolerUser: "postgres.abcdefghijklmnopqrst",
      poolerTransactionPort: 6543,
      poolerSessionPort: 5432,
    },
  },
};

/** A stack with a database at a company; its outputs are the database's variables. */
export const start = (
  company: Company,
  change: Partial<DatabaseArgs> = {},
  { preview = false, accounts = ids as Partial<typeof ids> } = {},
): Promise<Recording> =>
  recordProgram(
    async () => {
      const { variables }: Database = await database[company]("database", {
        accounts: new StackAccounts({ accounts, endpoints: {}, secrets: [...tokens] }),
        label: "testfarm-test",
        near: "madrid",
        ephemeral: false,
        passwords: { owner: "canary-owner", service: pulumi.secret("canary-service") },
        ...change,
      });
      return { ...variables };
    },
    {
      preview,
      config: Object.fromEntries(tokens.map((name) => [`testfarm:${name}`, `canary-${name}`])),
      secretKeys: tokens.map((name) => `testfarm:${name}`),
      respond: ({ type }) => answers[type] ?? {},
    },
  );
