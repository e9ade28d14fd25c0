import { expect, test } from "vitest";
import { type GraphqlBehaviour, Refusal, startGraphqlServer } from "./graphql.ts";
import { object, text } from "./contract.ts";

const behaviour: GraphqlBehaviour = {
  "GET mug"({ id }: { readonly id: string }) {
    if (id === "gone") throw new Refusal("Mug not found");
    return id === "broken" ? { id } : { id, size: 3 };
  },
  "POST mugCreate": ({ labels }: { readonly labels: unknown }) => ({ id: "new", size: 1, labels }),
};

const start = (asked: GraphqlBehaviour = behaviour) =>
  startGraphqlServer({
    contract: {
      source: "https://mugs.test/schema",
      readAt: "2026-11-26",
      path: "/graphql",
      scalars: { Labels: object({ colour: text }) },
      schema: /* GraphQL */ `
        scalar Labels
        type Query {
          mug(id: String!): Mug!
        }
        type Mutation {
          mugCreate(labels: Labels!): Mug!
        }
        type Mug {
          id: ID!
          size: Int!
          labels: Labels
        }
      `,
    },
    behaviour: asked,
    refusal: ({ authorization }) => (authorization === "key" ? undefined : { status: 401, body: "who?" }),
    refused: (message) => ({ body: { errors: [{ message }], data: null } }),
    malformed: (problem) => ({ status: 400, body: problem }),
  });

async function ask(url: string, body: unknown, authorization = "key") {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { authorization },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}
const mug = "query ($id: String!) { mug(id: $id) { id size } }";
const create = "mutation ($labels: Labels!) { mugCreate(labels: $labels) { id } }";

test("A call is named by its field, and a mutation is a POST", async () => {
  const { url, calls, violations } = await start();
  expect(await ask(url, { query: mug, variables: { id: "1" } })).toEqual({
    status: 200,
    body: { data: { mug: { id: "1", size: 3 } } },
  });
  await ask(url, { query: create, variables: { labels: { colour: "red" } } });
  expect(calls).toEqual(["GET mug", "POST mugCreate"]);
  expect(violations).toEqual([]);
});

test("A refusal of the vendor is told as the vendor tells it, and is no violation", async () => {
  const { url, violations } = await start();
  expect(await ask(url, { query: mug, variables: { id: "gone" } })).toEqual({
    status: 200,
    body: { errors: [{ message: "Mug not found" }], data: null },
  });
  expect(await ask(url, { query: mug, variables: { id: "1" } }, "other key")).toEqual({
    status: 401,
    body: "who?",
  });
  expect(violations).toEqual([]);
});

test.each([
  ["a field that is not published", { query: "{ mug(id: 1) { weight } }" }, /Cannot query field "weight"/],
  ["a variable of another type", { query: mug, variables: { id: 7 } }, /String cannot represent/],
  ["a variable that is missing", { query: mug }, /"\$id" of required type/],
  ["a variable too many", { query: mug, variables: { id: "1", size: 2 } }, /without a declaration: size/],
  ["a field too many in a scalar", { query: create, variables: { labels: { hue: 1 } } }, /additional prop/],
  ["two fields at once", { query: "{ mug(id: 1) { id } other: mug(id: 2) { id } }" }, /more than one field/],
  ["something beside the document", { query: mug, variables: { id: "1" }, extra: 1 }, /the body has extra/],
  ["no document", { query: "{" }, /Syntax Error/],
  ["an answer that the vendor would not give", { query: mug, variables: { id: "broken" } }, /own answer/],
])("%s is a violation", async (_, body, problem) => {
  const { url, violations } = await start();
  expect((await ask(url, body)).status).toBe(400);
  expect(violations).toEqual([expect.stringMatching(problem)]);
});

test("A trouble happens once, to the call that it was planned for", async () => {
  const { url, troubleAt } = await start();
  troubleAt("GET mug", { status: 503 }, 1);
  const good = { query: mug, variables: { id: "1" } };
  const statuses: number[] = [];
  for (const _ of [1, 2, 3])
    statuses.push(
      (
        await fetch(`${url}/graphql`, {
          method: "POST",
          headers: { authorization: "key" },
          body: JSON.stringify(good),
        })
      ).status,
    );
  expect(statuses).toEqual([200, 503, 200]);
});

test("What the schema has not cannot be behaved", async () => {
  await expect(start({ "GET cup": () => ({}) })).rejects.toThrow(
    "GET cup is not in https://mugs.test/schema",
  );
});
