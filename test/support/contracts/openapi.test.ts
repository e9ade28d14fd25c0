import { describe, expect, test } from "vitest";
import { contractOf, type Document } from "./openapi.ts";
import { type Reply, startContractServer } from "./server.ts";

const named = { type: "object", required: ["name"], properties: { name: { type: "string", maxLength: 5 } } };
const sized = {
  type: "object",
  properties: {
    size: { type: "integer", nullable: true },
    labels: { type: "object" },
    maker: { $ref: "#/schemas/Named" },
  },
};

/** The same API in both formats. */
const openapi: Document = {
  servers: [{ url: "https://shop.test/v1" }],
  components: { schemas: { Named: named, Sized: sized } },
  paths: {
    "/mugs/{id}": {
      parameters: [{ $ref: "#/components/parameters/Page" }],
      post: {
        parameters: [{ in: "query", name: "dry", schema: { type: "boolean" } }],
        requestBody: { content: { "application/json": { schema: both("#/components/schemas") } } },
        responses: { 201: { $ref: "#/components/responses/Mug" } },
      },
    },
  },
};
Object.assign(openapi.components!, {
  parameters: { Page: { in: "query", name: "page", schema: { type: "integer" } } },
  responses: { Mug: { content: { "application/json": { schema: both("#/components/schemas") } } } },
});
const swagger: Document = {
  basePath: "/v1",
  definitions: { Named: named, Sized: sized },
  paths: {
    "/mugs/{id}": {
      parameters: [{ in: "query", name: "page", type: "integer" }],
      post: {
        parameters: [
          { in: "query", name: "dry", type: "boolean" },
          { in: "body", name: "mug", schema: both("#/definitions") },
        ],
        responses: { 201: { schema: both("#/definitions") } },
      },
    },
  },
};

function both(root: string) {
  return { allOf: [{ $ref: `${root}/Named` }, { $ref: `${root}/Sized` }] };
}

const create = "POST /v1/mugs/{id}";

describe.each([
  ["OpenAPI 3", JSON.stringify(openapi).replaceAll("#/schemas/", "#/components/schemas/")],
  [
    "Swagger 2",
    JSON.stringify(swagger).replaceAll("#/schemas/", "#/definitions/").replace("nullable", "x-nullable"),
  ],
])("a contract of an %s document", (_, text) => {
  const document = JSON.parse(text) as Document;

  /** The status, and the problem if there is one. */
  async function ask(query: string, body: unknown, answer: unknown = { name: "red" }): Promise<string> {
    const server = await startContractServer({
      contract: contractOf(document, { source: "shop", readAt: "2026-11-26", used: [create] }),
      behaviour: { [create]: (): Reply => ({ status: 201, body: answer }) },
      refusal: () => undefined,
    });
    const response = await fetch(`${server.url}/v1/mugs/7${query}`, {
      method: "POST",
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    await response.text();
    return [response.status, ...server.violations].join(" ");
  }

  test.each([
    ["fields of all parts", "?page=2&dry=true", { name: "red", size: 3, maker: { name: "Ann" } }],
    ["null where it is nullable", "", { name: "red", size: null }],
    ["anything in an object of which nothing is said", "", { name: "red", labels: { any: 1 } }],
    ["no body where none is required", "", undefined],
  ])("takes %s", async (_case, query, body) => {
    expect(await ask(query, body)).toBe("201");
  });

  test.each([
    ["an unknown field", "", { name: "red", colour: 1 }, /unevaluatedProperty":"colour"/],
    ["an unknown field further down", "", { name: "red", maker: { name: "Ann", age: 7 } }, /"age"/],
    ["a missing field", "", { size: 3 }, /missingProperty":"name"/],
    ["a value out of bounds", "", { name: "purple" }, /more than 5 characters/],
    ["null elsewhere", "", { name: null }, /name must be string/],
    ["text for a number in the query", "?page=two", { name: "red" }, /query \/page must match pattern/],
    ["an unknown parameter", "?size=3", { name: "red" }, /query.*"size"/],
  ])("refuses %s", async (_case, query, body, problem) => {
    expect(await ask(query, body)).toMatch(problem);
  });

  test("refuses an answer of the server's own that the vendor would not give", async () => {
    expect(await ask("", { name: "red" }, { name: "red", colour: 1 })).toMatch(
      /^400 The server's own answer.*"colour"/,
    );
  });

  test.each(["PUT /v1/mugs/{id}", "POST /v2/mugs/{id}", "POST /v1/cups"])("has no %s", (used) => {
    expect(() => contractOf(document, { source: "shop", readAt: "2026-11-26", used: [used] })).toThrow(
      `${used} is not in shop`,
    );
  });
});
