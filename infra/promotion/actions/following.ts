/** ONLINE: one side follows the other one, on the way there and on the way back in the same way. */
import { PromotionError } from "../contract.ts";
import type { ActionName, GuardName } from "../plan/names.ts";
import { type Direction, replicationName } from "../replication/names.ts";
import { publish, unpublish } from "../replication/publication.ts";
import { dropCopySlots, dropSlot } from "../replication/slot.ts";
import { status } from "../replication/status.ts";
import { type Link, subscribe, unsubscribe } from "../replication/subscription.ts";
import { drainTo, endOfLog, waitReady, waitSettled } from "../replication/wait.ts";
import { movedTables } from "../tables.ts";
import { type Action, type Context, type End, type Guard, on, onBoth, orWithoutTarget } from "./contract.ts";
import { wasOpened } from "./gates.ts";

const publisherOf = { fwd: "source", rev: "target" } as const;

const nameOf = ({ plan }: Context, direction: Direction) => replicationName(direction, plan.run);

const linked = <T>(context: Context, direction: Direction, work: (link: Link) => Promise<T>): Promise<T> =>
  onBoth(context, (source, target) =>
    work({
      publisher: direction === "fwd" ? source : target,
      subscriber: direction === "fwd" ? target : source,
      name: nameOf(context, direction),
    }),
  );

const publishing =
  (direction: Direction): Action =>
  (context) =>
    on(context, publisherOf[direction], async (client) => {
      const tables = await movedTables(client);
      await publish(client, { name: nameOf(context, direction), tables });
      return { tables: tables.length };
    });

const unpublishing =
  (direction: Direction): Action =>
  (context) =>
    on(context, publisherOf[direction], (client) => unpublish(client, nameOf(context, direction)));

const subscribing =
  (direction: Direction): Action =>
  async (context) => {
    const publisher: End = publisherOf[direction];
    const { dialUrl, name } = await context.side(publisher);
    if (dialUrl === undefined)
      throw new PromotionError(
        `The other side's server has no address of ${name}: give one with --${publisher}-address.`,
      );
    const subscriber = await linked(context, direction, (link) =>
      subscribe(link, {
        dialUrl,
        publication: link.name,
        copyData: direction === "fwd",
        // Both follow each other for a while: what one has got from the other is not sent back there.
        origin: "none",
      }),
    );
    return { subscriber };
  };

const unsubscribing =
  (direction: Direction): Action =>
  (context) =>
    linked(context, direction, unsubscribe);

const draining =
  (direction: Direction): Action =>
  async (context, signal) => {
    if (direction === "rev" && !(await wasOpened(context))) return { skipped: neverOpened };
    const began = performance.now();
    const lsn = await linked(context, direction, async (link) => {
      const end = await endOfLog(link.publisher);
      await drainTo(link, end, { interval: Math.min(context.plan.timing.interval, 100), signal });
      return end;
    });
    return { lsn, milliseconds: Math.round(performance.now() - began) };
  };

export const neverOpened = "the target was never opened";

const waitCopied: Action = (context, signal) =>
  linked(context, "fwd", (link) =>
    waitReady(link, { interval: context.plan.timing.interval, signal, report: context.report }),
  );

const settle: Action = (context, signal) => {
  const { interval, settled } = context.plan.timing;
  return linked(context, "fwd", (link) =>
    waitSettled(link, { interval, settled, signal, report: context.report }),
  );
};

/** Every table follows, and the target keeps its log for the source. */
const streamsBack: Guard = (context) =>
  linked(context, "rev", async (link) => {
    const found = await status(link);
    if (found === undefined) return "there is no subscription of the source to the target";
    const waiting = found.tables.filter(({ state }) => state !== "ready").length;
    if (waiting > 0) return `${waiting} of ${found.tables.length} tables do not follow yet`;
    if (!found.isConnected) return "the source is not connected to the target yet";
    return found.slot === undefined ? "the target keeps no log for the source" : true;
  });

export const streamsBackGuard = { "streams-back": streamsBack } as const satisfies Partial<
  Record<GuardName, Guard>
>;

export const following = {
  publish: publishing("fwd"),
  unpublish: unpublishing("fwd"),
  subscribe: subscribing("fwd"),
  unsubscribe: orWithoutTarget(unsubscribing("fwd"), (context, { earlier }) =>
    on(context, "source", async (publisher) => {
      await dropSlot(publisher, nameOf(context, "fwd"));
      const subscriber = earlier("subscribe")?.["subscriber"];
      if (subscriber !== undefined) await dropCopySlots(publisher, String(subscriber));
    }),
  ),
  "wait-copied": waitCopied,
  "wait-settled": settle,
  "drain-replication": draining("fwd"),
  "publish-back": publishing("rev"),
  "unpublish-back": orWithoutTarget(unpublishing("rev")),
  "subscribe-back": subscribing("rev"),
  "unsubscribe-back": orWithoutTarget(unsubscribing("rev"), (context) =>
    on(context, "source", (subscriber) =>
      unsubscribe({ subscriber, publisher: undefined, name: nameOf(context, "rev") }),
    ),
  ),
  "drain-replication-back": draining("rev"),
  disarm: async (context, signal, run) => {
    await unsubscribing("rev")(context, signal, run);
    await unpublishing("rev")(context, signal, run);
  },
} as const satisfies Partial<Record<ActionName, Action>>;
