import { expect, test } from "vitest";
import { packageSchema } from "../../../../components/provider/vendor/schema.ts";
import { testfarm } from "../../../../components/provider/testfarm.ts";
import { vendors } from "../../../../components/provider/vendors/index.ts";
import { resourceReference } from "../../../../docs/resources.ts";

const schema = packageSchema(testfarm, vendors);
const all = Object.entries(schema.resources).flatMap(([token, { inputProperties, properties }]) =>
  Object.entries({ ...inputProperties, ...properties }).map(([name, property]) => ({
    token,
    name,
    property,
  })),
);

test("schema.json and the reference are as the code says", async () => {
  await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(
    "../../../../components/provider/schema.json",
  );
  await expect(resourceReference(schema)).toMatchFileSnapshot("../../../../docs/resources.md");
});

test("the provider answers with the same schema", () => {
  expect(JSON.parse(testfarm.schema!())).toEqual(JSON.parse(JSON.stringify(schema)));
});

test("every field of every resource is described by a sentence", () => {
  const bare = all.filter(({ property }) => !/^[A-Z].*\.$/s.test(property.description ?? ""));
  expect(bare.map(({ token, name }) => `${token} ${name}`)).toEqual([]);
});

test("every field whose change replaces the resource says so", () => {
  const silent = all.filter(
    ({ property }) =>
      property.willReplaceOnChanges === true &&
      !/A change (replaces (it|them)|makes another \w+)\./.test(property.description ?? ""),
  );
  expect(silent.map(({ token, name }) => `${token} ${name}`)).toEqual([]);
});

test("every field is a scalar, or a list or a map of such", () => {
  const scalars = ["string", "integer", "number", "boolean"];
  const odd = all.filter(({ property }) => {
    const inner = property.items ?? property.additionalProperties ?? property;
    return !scalars.includes(inner.type);
  });
  expect(odd.map(({ token, name }) => `${token} ${name}`)).toEqual([]);
});

test("what is named like a credential is secret", () => {
  const open = all.filter(
    ({ name, property }) =>
      /password|token|secret(?!s?(Digest|Name))|variables/i.test(name) && !property.secret,
  );
  expect(open.map(({ token, name }) => `${token} ${name}`)).toEqual([]);
});
