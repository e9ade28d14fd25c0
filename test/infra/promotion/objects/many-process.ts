/**
 * `many-process.ts <count>`: copies half of so many objects, then compares all, also as a drill does, with those of a moment;
 * of an object only a bit is in its stores.
 */
import { hashOf } from "../../../../app/objects/frames.ts";
import type { ObjectStore } from "../../../../infra/promotion/objects/contract.ts";
import { copyObjects } from "../../../../infra/promotion/objects/copy.ts";
import { keepListing } from "../../../../infra/promotion/objects/listing.ts";
import { compareObjects } from "../../../../infra/promotion/verify/objects.ts";

const count = Number(process.argv[2]);
const body = Buffer.alloc(2_000, "picture");
const hash = hashOf(body);
const padded = (number: number, digits: number) => String(number).padStart(digits, "0");

/** Twenty in each session. Keys are as long as an installation's. */
const keyOf = (index: number) =>
  `org/${"0".repeat(36)}/session/${padded(Math.floor(index / 20), 36)}/1/${padded(index % 20, 2)}.webp`;
const indexOf = (key: string) => {
  const [, , , session, , name] = key.split("/");
  return Number(session) * 20 + Number.parseInt(name!, 10);
};

function storeWith(has: (index: number) => boolean): ObjectStore {
  const held = Uint8Array.from({ length: count }, (_, index) => Number(has(index)));
  const isThere = (key: string) => held[indexOf(key)] === 1;
  return {
    async *list() {
      for (let index = 0; index < count; index++)
        if (held[index] === 1) yield { key: keyOf(index), bytes: body.length };
    },
    get: async (key) => (isThere(key) ? body : undefined),
    put: async (key) => void (held[indexOf(key)] = 1),
    remove: async (key) => void (held[indexOf(key)] = 0),
    hash: async (key) => (isThere(key) ? hash : undefined),
    close: () => Promise.resolve(),
  };
}

const source = { name: "mvp", objects: storeWith(() => true) };
const target = { name: "scale", objects: storeWith((index) => index % 2 === 0) };
const copied = await copyObjects({ source, target, exact: true });
const compared = await compareObjects({ source, target, objects: "all" });
const moment = await keepListing(source);
const again = await compareObjects({ source, target, objects: "sizes", moment }).finally(moment.release);
const found = JSON.stringify({ copied, compared, again });
const areSame = [compared, again].every(
  ({ objects, differences }) => objects === count && differences.length === 0,
);
if (copied.copied !== count / 2 || !areSame) throw new Error(found);
console.log(found);
