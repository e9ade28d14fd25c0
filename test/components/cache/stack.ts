import { StackAccounts } from "../../../components/accounts.ts";
import { cache } from "../../../components/cache/index.ts";
import type { Cache, CacheArgs } from "../../../infra/contracts/managed.ts";
import type { Recording, Response } from "../../../infra/plan/record.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

export type Company = keyof typeof cache;

export const ids = {
  railway: "11111111-1111-1111-1111-111111111111",
  render: "tea-farm",
  upstash: "farm@example.com",
};
const tokens = ["railwayToken", "renderApiKey", "upstashApiKey"] as const;

/** What a company answers when its resources are made; its own password has to be encoded in an address. */
const answers: Readonly<Record<string, Response>> = {
  "random:index/randomPassword:RandomPassword": { state: { result: "canary-made" } },
  "testfarm:railway:Project": { id: "project-1", state: { environment: "environment-1" } },
  "testfarm:railway:Volume": { state: { volume: "volume-1" } },
  "testfarm:railway:Service": { state: { privateHost: "redis.railway.internal" } },
  "testfarm:render:KeyValue": {
    state: {
      url: "redis://red-canary:6379",
      externalUrl: "rediss://red-canary:canary-word@frankfurt-kv.render.com:6379",
    },
  },
  "testfarm:upstash:Redis": {
    state: { host: "calm-mole-1.upstash.io", port: 6380, password: "canary@upstash/word" },
  },
};

/** A stack with a cache at a company; its outputs are the cache's variables. */
export const start = (
  company: Company,
  change: Partial<CacheArgs> = {},
  { preview = false } = {},
): Promise<Recording> =>
  recordProgram(
    async () => {
      const { variables }: Cache = await cache[company]("cache", {
        accounts: new StackAccounts({ accounts: ids, endpoints: {}, secrets: [...tokens] }),
        label: "testfarm-test",
        near: "madrid",
        ephemeral: false,
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
