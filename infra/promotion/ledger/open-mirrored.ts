import { PromotionError } from "../contract.ts";
import type { ObjectStore } from "../objects/contract.ts";
import { inMirror, keepLedger, type KeptLedger } from "./keep.ts";
import { mirroredRuns, mirrorIn } from "./mirror.ts";

/**
 * The ledger of the newest run whose source was taken away, or was about to be, as it goes on in the mirror.
 *
 * @param objects the bucket of the stack that it was promoted to.
 * @param from name of the source.
 * @throws {PromotionError} when the source should be there still: there its ledger is the one that counts.
 */
export async function openMirrored(
  objects: ObjectStore,
  from: string,
  note: (text: string) => void = () => undefined,
): Promise<KeptLedger> {
  const record = (await mirroredRuns(objects)).find(({ plan }) => plan.from === from);
  if (!record) throw new PromotionError(`The target's bucket knows of no promotion from ${from}.`);
  const { plan, entries } = record;
  const detaching = plan.forward.flatMap(({ actions }) => actions.filter(({ detaches }) => detaches));
  if (!entries.some(({ action }) => detaching.some(({ name }) => name === action)))
    throw new PromotionError(
      `${from} does not answer, and promotion ${plan.run} goes on only where its ledger is: in the database of ${from}. Bring it back, then resume.`,
    );
  const mirror = mirrorIn(objects, plan.run);
  const kept = keepLedger(record, (now) => inMirror(mirror, now), note);
  kept.mirrorTo(mirror);
  return kept;
}
