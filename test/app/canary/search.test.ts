import { expect, test } from "vitest";
import { leaks, marker } from "./search.ts";

const secret = marker("planted");
const inBase64 = (text: string, encoding: BufferEncoding = "base64") => Buffer.from(text).toString(encoding);

test.each([
  ["as it is", `{"msg":"connect to postgres://app:${secret}@db"}`],
  ["in an address", `redis://app:${encodeURIComponent(secret)}@cache:6379`],
  ["in a header for a user name and password", `Basic ${inBase64(`app:${secret}`)}`],
  ["in base64 after one byte", inBase64(`a${secret}b`)],
  ["in base64 after two bytes", inBase64(`ab${secret}`)],
  ["in base64 for addresses", inBase64(`abc${secret}~~?>`, "base64url")],
])("a planted secret is found %s", (_, text) => {
  const texts = { log: `before ${text} after`, other: "nothing" };
  expect(leaks(texts, { planted: secret, absent: marker("absent") })).toEqual(["log: planted"]);
});
