import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { apiMetrics } from "../metrics/api.ts";
import { addMetrics } from "../metrics/registry.ts";
import type { ApiEnv, ApiOptions } from "./context.ts";
import { answerError, answerInvalid, answerRefusal, Refusal } from "./errors.ts";
import { onlyOwnOrigin, onlySignedIn, onlyThisMachine, securityHeaders } from "./guards.ts";
import { holdWrites } from "./hold.ts";
import { observe, traceRequests } from "./observe.ts";
import { servePage } from "./page.ts";
import { addHealth } from "./routes/health.ts";
import { addLive } from "./routes/live.ts";
import { addMe } from "./routes/me.ts";
import { addMove } from "./routes/move.ts";
import { addPersonas } from "./routes/personas.ts";
import { addSchedules } from "./routes/schedules.ts";
import { addSessions } from "./routes/sessions.ts";
import { addKeys, addSignIn } from "./routes/sign-in.ts";

const largestBody = 64 * 1024;

/** All that the API answers, in the order in which a request meets it. */
export function createApi(options: ApiOptions): OpenAPIHono<ApiEnv> {
  const api = new OpenAPIHono<ApiEnv>({ defaultHook: answerInvalid });
  api.onError(answerError(options.log));
  api.notFound((context) => answerRefusal(context, new Refusal(404, "There is nothing at this address.")));

  const metrics = apiMetrics(options.db, options.queue);
  api.use("/api/*", traceRequests);
  api.use(observe(metrics, options));
  api.use(securityHeaders);
  addHealth(api, options);
  addMetrics(api, metrics);
  if (options.isLocal) api.use(onlyThisMachine);
  api.use(
    bodyLimit({
      maxSize: largestBody,
      onError: () => {
        throw new Refusal(413, `A request's body has at most ${largestBody} bytes.`);
      },
    }),
  );

  const { signIn } = options;
  const hold = holdWrites(options);
  if (signIn) {
    api.use(onlyOwnOrigin(signIn));
    addSignIn(api, signIn, hold);
  }
  addMove(api, options);
  api.use("/api/*", onlySignedIn(options), hold);
  if (signIn) addKeys(api, signIn);
  addMe(api, options);
  addPersonas(api, options);
  addSessions(api, options);
  addLive(api, options, metrics);
  addSchedules(api, options);
  api.doc31("/api/openapi.json", { openapi: "3.1.0", info: { title: "TestFarm", version: "1" } });

  if (options.page !== undefined) servePage(api, options.page);
  return api;
}
