import type { Logger } from "pino";
import type { CreateAgent } from "../agent/contract.ts";
import type { BrowserProvider } from "../browser/contract.ts";
import {
  beginAttempt,
  failAttempt,
  failSession,
  isStillCurrent,
  releaseAttempt,
  Superseded,
  writeEvent,
} from "../db/attempts.ts";
import type { Begun } from "../db/attempts.ts";
import type { Database } from "../db/database.ts";
import type { SessionAnnouncements } from "../events/contract.ts";
import { workerMetrics, type AttemptEnd, type WorkerMetrics } from "../metrics/worker.ts";
import type { Handlers, SessionJob } from "../queue/contract.ts";
import { HandOver } from "../queue/contract.ts";
import { type GateWatch, isOpen } from "../promotion/gate.ts";
import type { Budget } from "../session/contract.ts";
import type { runSession } from "../session/run.ts";
import type { Storage } from "../storage/contract.ts";
import { messageOf } from "../telemetry/error.ts";
import { withoutCredentials } from "../without-credentials.ts";
import { inCourseOf } from "../telemetry/log.ts";
import { watchForMove } from "./move.ts";
import { createRecorder } from "./recorder.ts";
import { watchAttempt, type Watch } from "./watch.ts";

export interface WorkerServices {
  readonly db: Database;
  readonly announcements: SessionAnnouncements;
  readonly storage: Storage;
  readonly browsers: BrowserProvider;
  readonly createAgent: CreateAgent;
  readonly runSession: typeof runSession;
  readonly budget: Budget;
  readonly log: Logger;
  readonly gate: GateWatch;
  /** Default: nobody looks at them. */
  readonly metrics?: WorkerMetrics;
}

/** What the queue calls: one attempt of one session from its beginning, or where it was handed over, to its verdict. */
export function createHandlers(services: WorkerServices): Handlers {
  const {
    db,
    announcements,
    browsers,
    createAgent,
    budget,
    log,
    gate,
    metrics = workerMetrics(1),
  } = services;

  /** What cannot be noted is found out: the next worker then takes the session for one whose worker was lost. */
  const note = (work: Promise<void>) =>
    work.catch((err: unknown) => log.warn({ err }, "cannot note how the attempt ended"));

  async function run(job: SessionJob, handOver: AbortSignal): Promise<void> {
    handOver.throwIfAborted();
    // Asked, not remembered: whoever closes the installation waits until no session runs.
    if (!isOpen(await gate.refresh())) throw new HandOver("The installation is being moved.");
    const begun = await beginAttempt(db, job);
    if (!begun) return;
    await watchAttempt(begun, metrics, (watch) => runAttempt(begun, handOver, watch));
  }

  async function runAttempt(begun: Begun, handOver: AbortSignal, watch: Watch): Promise<AttemptEnd> {
    const { sessionId, attempt, task, checkpoint } = begun;
    await announcements.publish(begun);
    const stop = new AbortController();
    const { signal } = stop;
    const move = watchForMove(handOver, browsers, stop);
    const record = createRecorder(services, begun, signal);
    const unsubscribe = announcements.subscribe(sessionId, (seq) => {
      // Only somebody else can have written an event that is newer than our own newest.
      if (seq === undefined || seq > record.lastSeq()) void checkStillCurrent();
    });
    const checkStillCurrent = async () => {
      try {
        if (await isStillCurrent(db, begun)) return;
        stop.abort(new Superseded(`Session ${sessionId} has ended or runs elsewhere.`));
      } catch (error) {
        // An announcement can come in the course of something else.
        log.warn({ err: error, sessionId, attempt }, "cannot check whether the session still runs here");
      }
    };
    // It may have ended before anybody listened.
    void checkStillCurrent();
    try {
      log.info({ after: checkpoint?.step ?? 0 }, "session runs");
      const tools = watch({
        agent: createAgent(task),
        browsers: move.browsers,
        record: record.report,
      });
      const warn = (message: string) => log.warn(message);
      const options = { ...tools, task, budget, warn, signal, pause: move.pause, checkpoint };
      const verdict = await services.runSession(options);
      if (signal.aborted && verdict.status === "cancelled") throw signal.reason;
      const reason = withoutCredentials(verdict.reason);
      const seq = await writeEvent(db, begun, { type: "ended", status: verdict.status, reason });
      await announcements.publish({ sessionId, seq });
      // Why it ended can quote the page, and what was typed into it: that is for the organization, not for the log.
      log.info({ status: verdict.status }, "session ended");
      return verdict.status === "passed" ? "passed" : "failed";
    } catch (error) {
      const cause = signal.aborted ? signal.reason : error;
      if (cause instanceof Superseded) {
        log.info("session ended or was taken over");
        return "superseded";
      }
      if (cause instanceof HandOver) {
        log.info({ reason: cause.message }, "session handed over");
        await note(releaseAttempt(db, begun));
        throw cause;
      }
      log.warn({ err: error }, "attempt failed");
      await note(failAttempt(db, begun));
      throw error;
    } finally {
      unsubscribe();
      move.end();
    }
  }

  const giveUp = ({ orgId, sessionId }: SessionJob, error: Error): Promise<void> =>
    inCourseOf({ sessionId }, async () => {
      const reason = `TestFarm could not finish it: ${messageOf(error)}`;
      const seq = await failSession(db, { orgId, sessionId }, reason);
      if (seq !== undefined) await announcements.publish({ sessionId, seq });
      log.warn("session given up");
    });

  return { run, giveUp };
}
