/** What exists at the stand-in vendors: one file a resource, so that several processes can share a directory. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Properties } from "../../../components/provider/contract.ts";
import { openTroubles, type Trouble } from "./trouble.ts";

export interface Thing {
  readonly type: string;
  readonly id: string;
  /** Empty for what was made by hand. */
  readonly urn: string;
  /** Of what was made by hand. Of other things they may be secret, and the engine's state has them already. */
  readonly inputs?: Properties;
}

export interface World {
  readonly things: () => readonly Thing[];
  readonly find: (type: string, id: string) => Thing | undefined;
  /** Makes a thing under the first id that is free. The same program gets the same ids in every new world. */
  readonly make: (type: string, urn: string, idOf: (seed: Seed) => string) => { id: string; seed: Seed };
  /** Makes a thing by hand, outside of any program. */
  readonly place: (type: string, id: string, inputs: Properties) => void;
  readonly remove: (type: string, id: string) => void;
  /** What is to go wrong. */
  readonly expect: (trouble: Trouble) => void;
  /** Counts a call, and says what goes wrong with it. */
  readonly meet: (type: string, call: Trouble["call"]) => Trouble | undefined;
}

/** 64 hexadecimal digits that depend on a resource's URN and on how many of it exist. */
export type Seed = string;

export function openWorld(directory: string): World {
  const things = join(directory, "things");
  mkdirSync(things, { recursive: true });
  const fileOf = (type: string, id: string): string => join(things, `${hash(type, id)}.json`);
  /** What is gone is remembered: no vendor gives an id twice. */
  const goneOf = (type: string, id: string): string => fileOf(type, id).replace(/json$/, "gone");
  const write = (thing: Thing): void =>
    writeFileSync(fileOf(thing.type, thing.id), JSON.stringify(thing), { flag: "wx" });
  return {
    ...openTroubles(join(directory, "troubles.json")),
    things: () =>
      readdirSync(things)
        .filter((file) => file.endsWith(".json"))
        .map((file) => read(join(things, file))),
    find: (type, id) => (existsSync(fileOf(type, id)) ? read(fileOf(type, id)) : undefined),
    make: (type, urn, idOf) => {
      for (let copy = 0; ; copy++) {
        const seed = hash(urn, String(copy));
        const id = idOf(seed);
        if (existsSync(fileOf(type, id)) || existsSync(goneOf(type, id))) continue;
        write({ type, id, urn });
        return { id, seed };
      }
    },
    place: (type, id, inputs) => write({ type, id, urn: "", inputs }),
    remove: (type, id) => {
      if (existsSync(fileOf(type, id))) renameSync(fileOf(type, id), goneOf(type, id));
    },
  };
}

const read = (file: string): Thing => JSON.parse(readFileSync(file, "utf8")) as Thing;

/** For what no program made. */
export const seedOf = (id: string): Seed => hash(id);

const hash = (...parts: string[]): Seed => createHash("sha256").update(parts.join("\n")).digest("hex");
