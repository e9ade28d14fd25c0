import { randomUUID } from "node:crypto";
import { withoutCredentials } from "../../../app/without-credentials.ts";
import type { ObjectStore } from "../objects/contract.ts";
import type { Examined, Finding } from "./contract.ts";

/** Below which a promotion keeps what is its own; nothing of it is moved. */
const prefix = "promotion/";

/** Puts, reads, hashes and removes an object of its own, and looks at the list. */
export async function storeWorks({ name, objects }: Pick<Examined, "name" | "objects">): Promise<Finding> {
  const finding = {
    check: `screenshots of ${name}`,
    needed: "to list, put, get and remove",
    remedy: "",
  };
  try {
    await roundTrip(objects);
    return { ...finding, level: "ok", found: "all of it works" };
  } catch (error) {
    return {
      ...finding,
      level: "blocks",
      found: withoutCredentials((error as Error).message),
      remedy: `Look at the bucket, and at the key that ${name} has for it.`,
    };
  }
}

async function roundTrip(store: ObjectStore): Promise<void> {
  const key = `${prefix}preflight-${randomUUID()}`;
  const body = new TextEncoder().encode(key);
  await doing("put", store.put(key, body));
  try {
    const got = await doing("get", store.get(key));
    if (got === undefined || Buffer.compare(got, body) !== 0)
      throw new Error("get: it does not give back what was put there");
  } finally {
    await doing("remove", store.remove(key));
  }
  if ((await doing("get", store.get(key))) !== undefined) throw new Error("remove: it is there still");
  await doing("list", first(store));
}

/** Says what could not be done. */
const doing = async <T>(what: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (cause) {
    throw new Error(`${what}: ${(cause as Error).message}`, { cause });
  }
};

/** That there is a list: what is in it is not looked at. */
async function first(store: ObjectStore): Promise<void> {
  for await (const _ of store.list()) return;
}
