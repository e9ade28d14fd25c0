import { beforeAll, expect, test } from "vitest";
import { chromium } from "../../support/chromium.ts";
import { redisProgram } from "../../support/redis.ts";
import { s3 } from "../../support/s3.ts";
import { describeWith } from "../../support/services.ts";
import { noRecords } from "./records.ts";
import { routesOfApi } from "./routes.ts";
import { leaks } from "./search.ts";
import { goThroughEverything } from "./story.ts";

const services = {
  name: "Chromium, Redis and S3 server",
  needs: [chromium.needs, redisProgram.needs, s3.needs].join(" "),
  async find() {
    const [browser, program, bucket] = [await chromium.find(), await redisProgram.find(), await s3.find()];
    if (browser === undefined || program === undefined || bucket === undefined) return undefined;
    return { program, bucket };
  },
};

await describeWith(services, "an installation with a canary in every secret", ({ program, bucket }) => {
  const records = noRecords();
  const { said, answers, secrets, served } = records;
  let routes: string[];

  beforeAll(async () => {
    routes = await routesOfApi();
    await goThroughEverything(program, await bucket(), routes, records);
  }, 300_000);

  test("has been through all that it can be asked", () => {
    expect(said["log of browser"]).toContain("browser ended");
    expect(said["command lines"]).toContain("--remote-debugging-pipe");
    expect(said["traces"]).toContain("process sessions");
    expect(said["metrics of api"]).toContain("testfarm_http_request_duration_seconds");
    expect(said["doctor in trouble"]).toContain("Redis");
    // The authentication library knows these addresses, and has nothing for these methods.
    const empty = [
      "GET /api/auth/api-key/create",
      "POST /api/auth/api-key/list",
      "GET /api/auth/api-key/delete",
      "GET /api/auth/change-password",
    ];
    expect(routes.filter((route) => !served.has(route))).toEqual(empty);
    expect(Object.values(secrets).filter((secret) => secret.length < 12)).toEqual([]);
  });

  test.each([
    ["api", "Redis does not let it in any more", "WRONGPASS"],
    ["worker", "Redis does not let it in any more", "WRONGPASS"],
    ["api", "the database does not let it in any more", "password authentication failed"],
    ["api", "the database refuses a query", "permission denied for table sessions"],
    ["api", "a service is away", "does not answer"],
    ["worker", "the model does not know its key", "authentication_error"],
    ["worker", "a site breaks an inspector", "An inspector failed on"],
    ["worker", "an attempt fails", "attempt failed"],
  ])("has logged in the %s that %s", (role, _, words) => {
    expect(said[`log of ${role}`]).toContain(words);
  });

  test("says none of them in logs, errors, traces, metrics, command lines or advice", () => {
    expect(leaks(said, secrets)).toEqual([]);
    const control = { planted: `${said["log of api"]}${JSON.stringify({ err: secrets["AUTH_SECRET"] })}` };
    expect(leaks(control, secrets)).toEqual(["planted: AUTH_SECRET"]);
  });

  test("answers with none but those that were asked for", () => {
    const wanted = /POST \/api\/auth\/(api-key\/create|sign-in\/email): (apiKey|deletedApiKey|cookie)$/;
    expect(leaks(answers, secrets).filter((leak) => !wanted.test(leak))).toEqual([]);
  });
});
