import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Kind, Vendor } from "../../components/provider/vendor/kind.ts";
import { vendors } from "../../components/provider/vendors/index.ts";
import {
  partialFailure,
  ProviderClient,
  secret,
  unknownMark,
  type Wire,
} from "../components/provider/client.ts";
import type { ContractServer } from "./contracts/server.ts";
import { openVendorClient, type VendorClient } from "./vendor-client.ts";

/** One kind of a vendor, with a server that speaks the vendor's contract. */
export interface Subject<Server extends ContractServer> {
  readonly vendor: keyof typeof vendors;
  readonly kind: string;
  /** Of an account that the server knows. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Starts it empty, or with what the kind belongs to. */
  readonly start: () => Promise<Server>;
  readonly inputs: Wire;
  /** Inputs and outputs that have to be secret: what the kind itself says of them is not believed. */
  readonly secrets: readonly string[];
  /** What is told of it once it is there, in clear. */
  readonly outputs: Wire;
  /** The call that makes it, and one that is made while it is waited for. */
  readonly createCall: string;
  readonly readCall: string;
  /** How many of it there are. */
  readonly count: (server: Server) => number;
  /** Changes in place: what changes, and exactly the calls that say it, ids as `*`. Absent: there are none. */
  readonly changes?: readonly { readonly to: Wire; readonly calls: readonly string[] }[];
  /** Changes that replace it. */
  readonly replacements: readonly Wire[];
  /** What the vendor's console has changed, as a refresh shows it. Absent: nothing of it can change. */
  readonly drift?: { readonly make: (server: Server) => void; readonly shows: Wire };
  /** Inputs that the vendor does not tell, so that an import lacks them. */
  readonly untold?: readonly string[];
  /** Inputs that are refused: what is wrong, at which property, and what the message says. */
  readonly refused: readonly { readonly inputs: Wire; readonly property: string; readonly reason: RegExp }[];
}

/** What every kind of every vendor does, through the protocol that the engine speaks. */
export function testVendorKind<Server extends ContractServer>(subject: Subject<Server>): void {
  const { vendor, kind: name, credentials, inputs, outputs, secrets, createCall, readCall, count } = subject;
  const { title, kinds }: Vendor = vendors[vendor];
  const kind = kinds[name] as Kind;
  /** Properties with secret ones in envelopes, as the state has them. */
  function wrapped(properties: Wire): Wire {
    return Object.fromEntries(
      Object.entries(properties).map(([field, value]) => [
        field,
        secrets.includes(field) ? secret(value!) : value!,
      ]),
    );
  }
  const given = wrapped(inputs);

  describe(`${title}: ${name}`, () => {
    let server: Server;
    let client: ProviderClient;
    let configure: VendorClient["configure"];
    let close: () => void;

    beforeEach(async () => {
      server = await subject.start();
      ({ client, configure, close } = await openVendorClient(vendor, name, credentials, server));
    });
    afterEach(() => close());

    const before = () => server.calls.length;
    const since = (index: number) => server.calls.slice(index).filter((call) => !call.startsWith("GET "));

    test("a preview asks nothing of the vendor, and what it will tell is unknown", async () => {
      const { id, properties } = await client.create(given, true);
      expect(id).toBe("");
      expect(server.calls).toEqual([]);
      for (const field of Object.keys(outputs))
        expect(properties[field]).toEqual(secrets.includes(field) ? secret(unknownMark) : unknownMark);
    });

    test("is made once, and told when it is ready, what is secret in envelopes", async () => {
      const { id, properties } = await client.create(given);
      expect(id).not.toBe("");
      expect(properties).toEqual({ ...given, ...wrapped(outputs) });
      expect(count(server)).toBe(1);
    });

    test("whose answer got lost is found again, and not made twice", async () => {
      server.troubleAt(createCall, "lost");
      const { properties } = await client.create(given);
      expect(properties).toEqual({ ...given, ...wrapped(outputs) });
      expect(count(server)).toBe(1);
    });

    test("is made although the vendor fails once, and then asks to wait", async () => {
      server.troubleAt(createCall, { status: 503 });
      server.troubleAt(createCall, { status: 429, headers: { "retry-after": "0" } }, 0);
      await client.create(given);
      expect(count(server)).toBe(1);
    });

    test("that failed halfway is kept with its id, and made good by an update", async () => {
      server.troubleAt(readCall, { status: 403, body: { message: "not now" } });
      const error: unknown = await client.create(given).catch((reason: unknown) => reason);
      const failed = partialFailure(error);
      expect(failed.message).toContain(`${title} answered `);
      expect(failed.message).toContain("with 403");
      expect(failed.id).toBeTruthy();
      const mended = await client.update(failed.id!, failed.properties, given);
      expect(mended).toEqual({ ...given, ...wrapped(outputs) });
      expect(count(server)).toBe(1);
    });

    test("a refusal names the vendor, the call, the status and what to do, and no credential", async () => {
      const wrong = Object.fromEntries(
        Object.entries(credentials).map(([field, value]) => [field, `${value}-revoked`]),
      );
      await configure(wrong);
      const error = (await client.create(given).catch((reason: unknown) => reason)) as Error;
      expect(error.message).toMatch(new RegExp(`${title} answered \\w+ \\S+ with 40[13]`));
      expect(error.message).toMatch(/https:\/\/\S+/);
      for (const value of Object.values(wrong)) expect(error.message).not.toContain(value);
      expect(count(server)).toBe(0);
    });

    test.each((subject.changes ?? []).map((change) => [Object.keys(change.to).join(), change] as const))(
      "%s is changed in place, by no more calls than it needs",
      async (_, { to, calls }) => {
        const { id, properties } = await client.create(given);
        const news = { ...given, ...wrapped(to) };
        expect(await client.diff(given, news)).toMatchObject({ changes: Object.keys(to), replaces: [] });
        const index = before();
        const state = await client.update(id, properties, news);
        const anonymous = since(index).map((call) => calls.find((each) => matches(each, call)) ?? call);
        expect(anonymous).toEqual(calls);
        expect(state).toMatchObject(wrapped(to));
        expect((await client.read(id, state, news)).inputs).toEqual(news);
      },
    );

    test.each(subject.replacements.map((to) => [Object.keys(to).join(), to] as const))(
      "another %s replaces it",
      async (_, to) => {
        const { replaces } = await client.diff(given, { ...given, ...wrapped(to) });
        expect(replaces).toEqual(Object.keys(to));
      },
    );

    test("that nobody has touched is read as it was written, and changes nothing", async () => {
      const { id, properties } = await client.create(given);
      const index = before();
      const found = await client.read(id, properties, given);
      expect([found.id, found.inputs, found.properties]).toEqual([id, given, properties]);
      expect(since(index)).toEqual([]);
      expect((await client.diff(found.inputs, given)).changes).toEqual([]);
    });

    test.runIf(subject.drift)("what was changed at the vendor shows as drift", async () => {
      const { id, properties } = await client.create(given);
      subject.drift!.make(server);
      const { inputs: found } = await client.read(id, properties, given);
      expect(found).toEqual({ ...given, ...wrapped(subject.drift!.shows) });
    });

    test("is imported by its id, with inputs that are accepted", async () => {
      const { id, properties } = await client.create(given);
      const found = await client.read(id, {}, {});
      expect(found.id).toBe(id);
      expect(found.properties).toMatchObject(
        Object.fromEntries(Object.keys(outputs).map((field) => [field, properties[field]])),
      );
      const told = Object.fromEntries(
        Object.entries(given).filter(
          ([field]) => field !== "deletionProtection" && !subject.untold?.includes(field),
        ),
      );
      expect(found.inputs).toMatchObject(told);
      const { failures } = await client.check({ ...found.inputs, ...given });
      expect(failures).toEqual([]);
    });

    test.runIf(kind.isStateful)("that holds data is deleted only while nothing protects it", async () => {
      const { id, properties } = await client.create(given);
      const refusal = (await client.delete(id, properties).catch((reason: unknown) => reason)) as Error;
      expect(refusal.message).toMatch(/holds data and is protected.*ephemeral/);
      expect(count(server)).toBe(1);
    });

    test("is deleted, is gone then, and deleting it again is no error", async () => {
      const { id, properties } = await client.create(given);
      const open = kind.isStateful ? { ...properties, deletionProtection: false } : properties;
      await client.delete(id, open);
      expect(count(server)).toBe(0);
      expect((await client.read(id, properties, given)).id).toBe("");
      await client.delete(id, open);
    });

    test.each(subject.refused.map((wrong) => [wrong.property, wrong] as const))(
      "%s is checked before anything is asked",
      async (_, wrong) => {
        const { failures } = await client.check({ ...given, ...wrong.inputs });
        expect(failures).toEqual([
          { property: wrong.property, reason: expect.stringMatching(wrong.reason) as string },
        ]);
        expect(server.calls).toEqual([]);
      },
    );

    test("what is not known yet is not judged", async () => {
      const unknowns = Object.fromEntries(Object.keys(given).map((field) => [field, unknownMark]));
      expect((await client.check(unknowns)).failures).toEqual([]);
    });
  });
}

/** `*` stands for an id. */
const matches = (pattern: string, call: string): boolean =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replaceAll(/[.?+^$[\]\\(){}|]/g, "\\$&"))
      .join("[^/]+")}$`,
  ).test(call);
