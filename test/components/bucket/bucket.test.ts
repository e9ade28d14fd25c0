import { describe, expect, test } from "vitest";
import { bucket } from "../../../components/bucket/index.ts";
import { type RecordedResource, type Recording, Secret, Unknown } from "../../../infra/plan/record.ts";
import { canariesInClear, resourceOf } from "../../../infra/testing/index.ts";
import { type Company, origin, start, tokens } from "./stack.ts";

interface Row {
  /** What holds the data. */
  readonly type: string;
  /** The variables, secrets revealed. */
  readonly variables: Readonly<Record<string, string>>;
  /** Those of the variables that are secret. Default: both parts of the key. */
  readonly secrets?: readonly string[];
  /** Where the page's origin is let in. Absent: the company's API knows no such rule. */
  readonly cors?: readonly string[];
}

const rows: { readonly [Name in Company]: Row } = {
  r2: {
    type: "cloudflare:index/r2Bucket:R2Bucket",
    // The other part is the id of a resource, which the state has in clear.
    secrets: ["AWS_SECRET_ACCESS_KEY"],
    cors: ["cloudflare:index/r2BucketCors:R2BucketCors bucket-cors: inputs.rules[0].allowed.origins[0]"],
    variables: {
      S3_BUCKET: "testfarm-test",
      S3_REGION: "auto",
      S3_ENDPOINT: "https://4793d734c0b8e484dfc37ec392b5fa8a.r2.cloudflarestorage.com",
      S3_FORCE_PATH_STYLE: "false",
      AWS_ACCESS_KEY_ID: "canary-token-id",
      // As sha256sum says of canary-token-value.
      AWS_SECRET_ACCESS_KEY: "2b655d77b31547661ff44fe228c1fc228ed904eda0a9142b334303886f8d7c6f",
    },
  },
  railway: {
    type: "testfarm:railway:Bucket",
    variables: {
      S3_BUCKET: "testfarm-test-jdhhd8oe18xi",
      S3_REGION: "auto",
      S3_ENDPOINT: "https://storage.railway.app",
      S3_FORCE_PATH_STYLE: "false",
      AWS_ACCESS_KEY_ID: "canary-railway-id",
      AWS_SECRET_ACCESS_KEY: "canary-railway-secret",
    },
  },
  tigris: {
    type: "testfarm:fly:Bucket",
    variables: {
      S3_BUCKET: "testfarm-test-a1b2c3",
      S3_REGION: "auto",
      S3_ENDPOINT: "https://fly.storage.tigris.dev",
      S3_FORCE_PATH_STYLE: "false",
      AWS_ACCESS_KEY_ID: "canary-tigris-id",
      AWS_SECRET_ACCESS_KEY: "canary-tigris-secret",
    },
  },
};
const bothParts = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

const parts = ({ resources }: Recording): RecordedResource[] =>
  resources.filter(({ name }) => name.startsWith("bucket"));

test("every company has a row", () => {
  expect(Object.keys(rows).toSorted()).toEqual(Object.keys(bucket).toSorted());
});

/** What every company's bucket has to be; a new one is one more row. */
describe.each(Object.entries(rows) as [Company, Row][])("a bucket at %s", (company, row) => {
  const { secrets = bothParts } = row;

  test("says all that the application reads, and its key's secret part is secret", async () => {
    const { outputs } = await start(company);
    const revealed = Object.entries(outputs).map(([name, value]) => [
      name,
      value instanceof Secret ? value.reveal() : value,
    ]);
    expect(Object.fromEntries(revealed)).toEqual(row.variables);
    const hidden = Object.keys(outputs).filter((name) => outputs[name] instanceof Secret);
    expect(hidden.toSorted()).toEqual(secrets);
  });

  test("has nothing secret in clear", async () => {
    const secretly = secrets.map((name) => row.variables[name]!);
    const canaries = [...secretly, "canary-token-value", ...Object.values(tokens)];
    expect(canariesInClear(await start(company), canaries)).toEqual([]);
  });

  test("is protected and kept, unless its data may go with the stack", async () => {
    const kept = resourceOf(await start(company), row.type, "bucket");
    expect(kept).toMatchObject({ protect: true, retainOnDelete: true });
    expect(kept.inputs["deletionProtection"] ?? true).toBe(true);
    const recording = await start(company, { ephemeral: true });
    const lost = resourceOf(recording, row.type, "bucket");
    expect(lost.inputs["deletionProtection"] ?? false).toBe(false);
    for (const part of recording.resources)
      expect(part).toMatchObject({ protect: false, retainOnDelete: false });
  });

  test("is one component, whose parts are its children and have its name", async () => {
    const recording = await start(company);
    const [component, ...others] = parts(recording).filter(({ custom }) => !custom);
    expect(others).toEqual([]);
    expect(component!.type).toMatch(/^testfarm:bucket:[A-Z]/);
    const children = parts(recording).filter(({ custom }) => custom);
    expect(children.map(({ parent }) => parent)).toEqual(children.map(() => component!.key));
  });

  test("begins with the stack's label at the company", async () => {
    expect(resourceOf(await start(company), row.type).inputs["name"]).toMatch(/^testfarm-test/);
  });

  test("is planned before anything is there", async () => {
    const { outputs } = await start(company, {}, { preview: true });
    expect(Object.keys(outputs).toSorted()).toEqual(Object.keys(row.variables).toSorted());
    const key = outputs["AWS_SECRET_ACCESS_KEY"];
    expect(key instanceof Secret ? key.reveal() : key).toBeInstanceOf(Unknown);
  });

  test("may be read by scripts of the page where the company knows such a rule, else by none", async () => {
    expect(canariesInClear(await start(company), [origin])).toEqual(row.cors ?? []);
  });
});
