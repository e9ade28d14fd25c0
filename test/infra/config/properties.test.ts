import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError, parseConfig, type Problem, type RawConfig } from "../../../infra/config/parse.ts";
import { schema } from "../../../infra/config/schema.ts";
import { secretNames } from "../../../infra/config/secrets.ts";
import { errorOf, isFrozenInDepth, minimum, rawOf } from "./stack.ts";

const runs = { numRuns: 2000 };
const settings = schema.options.flatMap(({ shape }) => Object.keys(shape));
const minima = Object.values(minimum);
const words = minima.flatMap((each) => Object.values(each));

/** Keys and values near what is allowed, so that the parser's inner checks are reached, and far from it. */
const key = fc.oneof(
  fc.constantFrom(...settings, ...secretNames).map((name) => `testfarm:${name}`),
  fc.string().map((name) => `testfarm:${name}`),
  fc.string(),
);
const value = fc.oneof(
  fc.constantFrom(...words, "null", "true", "railway", "gke", '{"app":"a:1","web":"b:1"}', '["madrid"]'),
  fc.integer().map(String),
  fc.json(),
  fc.string(),
);
const stack: fc.Arbitrary<RawConfig> = fc
  .record({
    base: fc.constantFrom({}, ...minima),
    more: fc.dictionary(key, value, { maxKeys: 5 }),
    secretKeys: fc.array(key, { maxLength: 2 }),
  })
  .map(({ base, more, secretKeys }) => {
    const { file, values } = rawOf(base);
    return { file, values: { ...values, ...more }, secretKeys };
  });

/** An error of any other kind is passed on, and fails the property. */
function outcomeOf(raw: RawConfig): { config: object } | { problems: readonly Problem[] } {
  try {
    return { config: parseConfig(raw) };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

test("whatever a file says is a frozen configuration, or an error that names settings and no other", () => {
  const count = { accepted: 0, refused: 0 };
  const property = fc.property(stack, (raw) => {
    const outcome = outcomeOf(raw);
    if ("config" in outcome) {
      count.accepted++;
      return isFrozenInDepth(outcome.config);
    }
    count.refused++;
    return outcome.problems.length > 0 && outcome.problems.every(({ path }) => path.startsWith("testfarm:"));
  });
  fc.assert(property, runs);
  // Both ways were taken, often enough to mean something.
  expect(Math.min(count.accepted, count.refused)).toBeGreaterThan(50);
});

test("no setting of an accepted file is lost on the way", () => {
  const property = fc.property(stack, (raw) => {
    const outcome = outcomeOf(raw);
    fc.pre("config" in outcome);
    const given = Object.keys(raw.values)
      .filter((name) => name.startsWith("testfarm:") && !raw.secretKeys.includes(name))
      .map((name) => name.slice("testfarm:".length));
    expect(Object.keys(outcome.config)).toEqual(expect.arrayContaining(given));
  });
  fc.assert(property, { ...runs, maxSkipsPerRun: 1000 });
});

test("no text under a secret's name in clear, or under a mistyped one, changes a letter of the message", () => {
  const bases = fc.constantFrom({}, { tier: "nothing" }, { ...minimum.vps, size: "" }, ...minima);
  const names = fc.constantFrom(...secretNames, "anthropicApikey", "trelloKey", "browserbaseapikey");
  const secrets = fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^sk-ant-[A-Za-z0-9]{20}$/));
  const property = fc.property(bases, names, secrets, (base, name, secret) => {
    const message = (text: string): string => errorOf(rawOf(base, { [name]: text })).message;
    expect(message(secret)).toBe(message("x"));
  });
  fc.assert(property, runs);
});
