import { Superseded, writeEvent, writeFinding } from "../db/attempts.ts";
import type { Begun } from "../db/attempts.ts";
import { findSession } from "../db/sessions.ts";
import type { RecordReport, Report } from "../session/contract.ts";
import { pictureKey, sessionPrefix } from "../storage/contract.ts";
import type { WorkerServices } from "./run-job.ts";

export interface Recorder {
  readonly report: RecordReport;
  /** `seq` of the newest event that this attempt has written. */
  lastSeq(): number;
}

/**
 * Keeps what an attempt reports: the picture first, then the event that names it, then the announcement. Refuses to as
 * soon as `signal` aborts: what a session still has under way then comes too late.
 */
export function createRecorder(
  { db, announcements, storage }: Pick<WorkerServices, "db" | "announcements" | "storage">,
  attempt: Begun,
  signal: AbortSignal,
): Recorder {
  let lastSeq = attempt.seq;

  async function keepPicture(step: number, image: Buffer | null): Promise<string | null> {
    if (image === null) return null;
    // Under the lease, so that a worker that was taken over cannot replace what the next one has stored.
    const key = pictureKey({ ...attempt, attempt: attempt.lease, step }, image);
    await storage.put(key, image);
    return key;
  }

  async function write(report: Report): Promise<number | undefined> {
    if (report.type === "finding") return writeFinding(db, attempt, report.step, report.finding);
    const { image, ...step } = report;
    const screenshot = await keepPicture(step.step, image);
    try {
      return await writeEvent(db, attempt, { ...step, screenshot });
    } catch (error) {
      // A picture that was stored while its session was deleted would stay for ever.
      const isGone =
        error instanceof Superseded && !(await findSession(db, attempt.orgId, attempt.sessionId));
      if (isGone) await storage.removeAll(sessionPrefix(attempt));
      throw error;
    }
  }

  return {
    lastSeq: () => lastSeq,
    async report(report) {
      signal.throwIfAborted();
      const seq = await write(report);
      if (seq === undefined) return;
      lastSeq = Math.max(lastSeq, seq);
      await announcements.publish({ sessionId: attempt.sessionId, seq });
    },
  };
}
