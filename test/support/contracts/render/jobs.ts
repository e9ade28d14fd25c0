import type { Behaviour, Reply } from "../server.ts";
import { at, environmentOf, type RenderService } from "./state.ts";

type Run = RenderService["runs"][number];

/** What a run is, look by look; of one that has not begun nothing is said. */
const statusOf = ({ left, ends }: Run): string | null => [ends, "running", "pending", null][left]!;

const shown = (serviceId: string, run: Run) => ({
  id: run.id,
  serviceId,
  startCommand: run.command,
  planId: "plan-crn-003",
  status: statusOf(run),
  createdAt: at(run.minute),
  startedAt: run.left > 1 ? null : at(run.minute),
  finishedAt: run.left > 0 ? null : at(run.minute),
});

/**
 * @param known the service of an id, or that there is none.
 * @param endings of the next runs, in turn.
 */
export function jobBehaviour(
  known: (id: string | undefined, reply: (service: RenderService) => Reply) => Reply,
  endings: string[],
): Behaviour {
  return {
    "GET /v1/services/{id}/jobs": ({ params: { id } }) =>
      known(id, ({ runs }) => {
        const body = runs.map((run) => ({ job: shown(id!, run), cursor: run.id }));
        for (const run of runs) run.left = Math.max(0, run.left - 1);
        return { body };
      }),
    /** With the image and the variables of the newest deploy that has come up. */
    "POST /v1/services/{id}/jobs": ({ params: { id }, body }) =>
      known(id, (service) => {
        const deploy = service.deploys.findLast(({ status }) => status === "live");
        if (deploy === undefined) return { status: 400, body: { message: "the service has no build" } };
        const made: Run = {
          id: `job-${service.runs.length + 1}`,
          command: (body as { readonly startCommand: string }).startCommand,
          image: deploy.image,
          variables: environmentOf(service),
          minute: service.deploys.length,
          ends: endings.shift() ?? "succeeded",
          left: 3,
        };
        service.runs.push(made);
        return { status: 201, body: shown(id!, made) };
      }),
    "GET /v1/services/{id}/events": ({ params: { id } }) =>
      known(id, ({ runs }) => ({
        body: runs
          .filter(({ left }) => left === 0)
          .map((run) => ({
            cursor: run.id,
            event: {
              id: `evt-${run.id}`,
              timestamp: at(run.minute),
              serviceId: id,
              type: "job_run_ended",
              details: {
                jobId: run.id,
                status: run.ends,
                ...(run.ends === "failed" && { reason: { evicted: false, nonZeroExit: 3 } }),
              },
            },
          })),
      })),
  };
}
