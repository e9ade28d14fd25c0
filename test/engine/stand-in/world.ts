/** What exists at the stand-in vendors: one file a resource, so that several processes can share a directory. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** No properties among it: they may be secret, and the engine's state has them already. */
export interface Thing {
  readonly type: string;
  readonly id: string;
  readonly urn: string;
}

export interface World {
  readonly things: () => readonly Thing[];
  readonly has: (type: string, id: string) => boolean;
  /** Makes a thing under the first id that is free. The same program gets the same ids in every new world. */
  readonly make: (type: string, urn: string, idOf: (seed: Seed) => string) => { id: string; seed: Seed };
  readonly remove: (type: string, id: string) => void;
}

/** 64 hexadecimal digits that depend on a resource's URN and on how many of it exist. */
export type Seed = string;

export function openWorld(directory: string): World {
  mkdirSync(directory, { recursive: true });
  const fileOf = (type: string, id: string): string => join(directory, `${hash(type, id)}.json`);
  return {
    things: () =>
      readdirSync(directory).map((file) => JSON.parse(readFileSync(join(directory, file), "utf8")) as Thing),
    has: (type, id) => existsSync(fileOf(type, id)),
    make: (type, urn, idOf) => {
      for (let copy = 0; ; copy++) {
        const seed = hash(urn, String(copy));
        const id = idOf(seed);
        if (existsSync(fileOf(type, id))) continue;
        writeFileSync(fileOf(type, id), JSON.stringify({ type, id, urn } satisfies Thing), { flag: "wx" });
        return { id, seed };
      }
    },
    remove: (type, id) => rmSync(fileOf(type, id), { force: true }),
  };
}

const hash = (...parts: string[]): Seed => createHash("sha256").update(parts.join("\n")).digest("hex");
