import { AsyncLocalStorage } from "node:async_hooks";
import type { drizzleAdapter } from "@better-auth/drizzle-adapter";
import { isRefused } from "../db/gate.ts";

/**
 * better-auth writes where one only reads: when a session or a key was last used, and how often somebody has asked. While
 * the installation is being moved that is left out, and nobody is signed out by it.
 */
type MakeAdapter = ReturnType<typeof drizzleAdapter>;
type Adapter = ReturnType<MakeAdapter>;
type Write = "create" | "update" | "updateMany" | "delete" | "deleteMany" | "consumeOne" | "incrementOne";

interface Call {
  readonly isReading: boolean;
  refusal?: unknown;
}
const calls = new AsyncLocalStorage<Call>();

/** What a write answers that was left out: what is there, as if it was written. */
const leftOut: { readonly [Name in Write]: (adapter: Pick<Adapter, "findOne">, input: never) => unknown } = {
  create: (_, { data }: { data: unknown }) => data,
  update: (adapter, input: Parameters<Adapter["findOne"]>[0]) => present(adapter, input),
  incrementOne: (adapter, input: Parameters<Adapter["findOne"]>[0]) => present(adapter, input),
  consumeOne: (adapter, input: Parameters<Adapter["findOne"]>[0]) => present(adapter, input),
  updateMany: () => 0,
  delete: () => undefined,
  deleteMany: () => 0,
};

const present = (adapter: Pick<Adapter, "findOne">, { model, where }: Parameters<Adapter["findOne"]>[0]) =>
  adapter.findOne({ model, where });

/** The same adapter, whose refused writes are left out in the course of `reading` and noted in that of `writing`. */
export const noteRefusals =
  (make: MakeAdapter): MakeAdapter =>
  (options) => {
    const adapter = make(options);
    return {
      ...guarded(adapter),
      transaction: (work) => adapter.transaction((inner) => work(guarded(inner))),
    };
  };

function guarded<Inner extends Omit<Adapter, "transaction">>(adapter: Inner): Inner {
  const guard = ([name, instead]: [string, (adapter: Pick<Adapter, "findOne">, input: never) => unknown]) => {
    const write = adapter[name as Write] as (input: never) => Promise<unknown>;
    const guardedWrite = async (input: never) => {
      try {
        return await write(input);
      } catch (error) {
        const call = calls.getStore();
        if (call === undefined || !isRefused(error)) throw error;
        if (call.isReading) return instead(adapter, input);
        call.refusal = error;
        throw error;
      }
    };
    return [name, guardedWrite];
  };
  return { ...adapter, ...(Object.fromEntries(Object.entries(leftOut).map(guard)) as Pick<Inner, Write>) };
}

/** Does what needs no write to be right. */
export const reading = <T>(work: () => Promise<T>): Promise<T> => calls.run({ isReading: true }, work);

/** Does what is nothing without its writes. @throws what the database has said when it has refused one. */
export async function writing<T>(work: () => Promise<T>): Promise<T> {
  const call: Call = { isReading: false };
  const done = await calls.run(call, work);
  // better-auth makes an answer of every error.
  if (call.refusal !== undefined) throw call.refusal;
  return done;
}
