import { afterEach, describe, expect, test } from "vitest";
import { describeWith } from "../support/services.ts";
import { type Combination, matrix, pairwise } from "./combinations.ts";
import { pulumiCli } from "./find-cli.ts";
import { images, type ManagedStack, openManagedStack } from "./managed-stack.ts";
import { variables } from "./outputs.ts";
import { typeOf } from "./stack.ts";

const minute = 60_000;
/** `npm run test:matrix` takes them all. */
const combinations = process.env["TESTFARM_MATRIX"] === "all" ? matrix : pairwise;
const secrets = [
  "DATABASE_URL",
  "DATABASE_DIRECT_URL",
  "DATABASE_ADMIN_URL",
  "REDIS_URL",
  "AWS_SECRET_ACCESS_KEY",
  "AUTH_SECRET",
  "OWNER_BOOTSTRAP_TOKEN",
  "BROWSERBASE_API_KEY",
];
/** What a new image may change: whatever runs it. */
const runs =
  /^(testfarm:(railway|render):(Service|Job)|vercel:index\/deployment:Deployment|testfarm:netlify:Deploy)$/;

/** Their own plugins cannot be had here: a provider that is made of the types of their SDKs stands in. */
const standIns = ["vercel", "r2"];
const titleOf = (choices: Combination): string =>
  Object.values(choices)
    .map((choice) => (standIns.includes(choice) ? `${choice} (stand-in)` : choice))
    .join(", ");

/** By URN; without what is secret, which is encrypted anew each time. */
const inputsOf = (stack: ManagedStack) =>
  new Map(
    stack
      .resources()
      .map(({ urn, inputs }) => [
        urn,
        JSON.stringify(inputs, (key, value: unknown) => (key === "ciphertext" ? "" : value)),
      ]),
  );

await describeWith(pulumiCli, "companies of tier paas on the real engine", (cli) => {
  let stack: ManagedStack;
  afterEach(() => stack.end());

  describe.each(combinations.map((choices) => [titleOf(choices), choices] as const))("%s", (_, choices) => {
    test("are made, take a new image, and go", { timeout: 3 * minute }, async () => {
      const settings = { ...choices, ephemeral: true };
      stack = await openManagedStack(cli, "validation", settings);
      await stack.change("up");
      const told = await stack.succeed("stack", "output", "--json", "--show-secrets");
      const outputs = JSON.parse(told) as Readonly<Record<string, string>>;
      expect(Object.keys(outputs)).toEqual(expect.arrayContaining(variables));
      for (const name of ["DATABASE_URL", "S3_BUCKET", "FRONTEND_URL"]) expect(outputs[name]).toBeTruthy();
      expect(outputs["REDIS_URL"] === "").toBe(choices.cache === "none");
      expect(outputs["BROWSERBASE_API_KEY"] === "").toBe(choices.browser === "own");
      const state = stack.stateText();
      const inClear = secrets.filter((name) => outputs[name] !== "" && state.includes(outputs[name]!));
      expect(inClear).toEqual([]);

      const before = inputsOf(stack);
      stack.configure({ image: images("b") });
      await stack.change("up");
      const changed = [...inputsOf(stack)].filter(([urn, inputs]) => inputs !== before.get(urn));
      const types = changed.map(([urn]) => typeOf(urn)!);
      expect(types.filter((type) => !runs.test(type))).toEqual([]);
      expect(types).toContain(`testfarm:${choices.service}:Service`);
      await stack.change("up", "--expect-no-changes");
      await stack.change("destroy");
      expect(stack.resources()).toEqual([]);
      expect(stack.companies.violations()).toEqual([]);
    });
  });
});
