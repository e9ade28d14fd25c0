/** Two installations, as far as a promotion is concerned: who takes writes, and which of them are where. */
export interface World {
  source: "open" | "draining" | "closed" | "closed for good" | "gone";
  /** `shut`: closed since it was made. */
  target: "absent" | "made" | "shut" | "open" | "fenced" | "closed for good";
  /** Writes that were answered. */
  answered: number;
  /** Of those that are there. */
  rows: { source: number; target: number };
  wasTargetOpen: boolean;
  /** What was set up for the promotion, and is not undone. */
  built: string[];
  /** Of what must never be. */
  violations: string[];
}

export const newWorld = (): World => ({
  source: "open",
  target: "absent",
  answered: 0,
  rows: { source: 0, target: 0 },
  wasTargetOpen: false,
  built: [],
  violations: [],
});

const sourceTakesWrites = ({ source }: World) => source === "open" || source === "draining";
export const openSides = (world: World): ("source" | "target")[] => [
  ...(sourceTakesWrites(world) ? (["source"] as const) : []),
  ...(world.target === "open" ? (["target"] as const) : []),
];

/** Somebody writes, wherever it is possible. */
export function write(world: World): void {
  const [side] = openSides(world);
  if (!side) return;
  world.answered++;
  world.rows[side]++;
}

/** The time of whatever was closed for a while is over. */
export function expire(world: World): void {
  if (world.source === "draining" || world.source === "closed") world.source = "open";
  if (world.target === "fenced") world.target = "open";
}

/** What has to hold at every moment. */
export function watch(world: World): void {
  if (openSides(world).length > 1) world.violations.push("both sides take writes");
}

const build = (world: World, what: string) => {
  if (!world.built.includes(what)) world.built.push(what);
};
const tearDown = (world: World, what: string) => {
  world.built = world.built.filter((each) => each !== what);
};
const must = (world: World, holds: boolean, otherwise: string) => {
  if (!holds) world.violations.push(otherwise);
};
const bringBack = (world: World) => {
  if (world.wasTargetOpen) world.rows.source = world.rows.target;
};
/** What must not be left of a promotion that was undone when the source takes writes again. */
const fencedBuilt = ["copy-database", "subscribe-back"];

/** What actions do to it; those that are not here do nothing. */
export const deeds: Readonly<Record<string, (world: World) => void>> = {
  "provision-target"(world) {
    if (world.target === "absent") world.target = "made";
    build(world, "provision-target");
  },
  "destroy-target"(world) {
    must(world, !world.wasTargetOpen, "a target was destroyed that had been open");
    world.target = "absent";
    tearDown(world, "provision-target");
  },
  "close-target"(world) {
    if (world.target === "made") world.target = "shut";
  },
  publish: (world) => build(world, "publish"),
  unpublish: (world) => tearDown(world, "publish"),
  subscribe: (world) => build(world, "subscribe"),
  unsubscribe: (world) => tearDown(world, "subscribe"),
  "drain-source"(world) {
    if (world.source === "open") world.source = "draining";
  },
  "close-source"(world) {
    if (sourceTakesWrites(world)) world.source = "closed";
  },
  "probe-source"(world) {
    if (sourceTakesWrites(world)) throw new Error("The source has taken a write.");
  },
  "open-source"(world) {
    must(world, world.target !== "open", "the source was opened while the target was open");
    if (world.target !== "closed for good")
      for (const left of fencedBuilt)
        must(world, !world.built.includes(left), `the source was opened before ${left} was undone`);
    else
      must(world, world.rows.source === world.answered, "the source was opened before all was brought back");
    world.source = "open";
  },
  "drain-replication"(world) {
    must(world, world.built.includes("subscribe"), "nothing was subscribed to");
    world.rows.target = world.rows.source;
  },
  "copy-database"(world) {
    build(world, "copy-database");
    world.rows.target = world.rows.source;
  },
  "undo-copy"(world) {
    world.rows.target = 0;
    tearDown(world, "copy-database");
  },
  verify(world) {
    if (world.rows.target !== world.rows.source) throw new Error("The sides differ.");
  },
  "publish-back": (world) => build(world, "publish-back"),
  "unpublish-back": (world) => tearDown(world, "publish-back"),
  "subscribe-back": (world) => build(world, "subscribe-back"),
  "unsubscribe-back": (world) => tearDown(world, "subscribe-back"),
  "close-source-for-good"(world) {
    if (sourceTakesWrites(world)) throw new Error("It has opened by itself.");
    world.source = "closed for good";
  },
  "limit-source"(world) {
    if (world.source === "closed for good") world.source = "closed";
  },
  "open-target"(world) {
    must(
      world,
      world.source === "closed for good",
      "the target was opened before the source was closed for good",
    );
    must(world, world.rows.target === world.answered, "the target was opened without all that was answered");
    world.target = "open";
    world.wasTargetOpen = true;
  },
  "fence-target"(world) {
    if (world.target === "open") world.target = "fenced";
  },
  "probe-target"(world) {
    if (world.target === "open") throw new Error("The target has taken a write.");
  },
  "drain-replication-back": bringBack,
  "copy-database-back": bringBack,
  "verify-back"(world) {
    if (world.wasTargetOpen && world.rows.target !== world.rows.source) throw new Error("The sides differ.");
  },
  "close-target-for-good"(world) {
    if (world.target === "open") throw new Error("It has opened by itself.");
    world.target = "closed for good";
  },
  "limit-target"(world) {
    if (world.target === "closed for good") world.target = "fenced";
  },
  disarm(world) {
    for (const each of ["publish-back", "subscribe-back"]) tearDown(world, each);
  },
  "destroy-source"(world) {
    world.source = "gone";
  },
};
