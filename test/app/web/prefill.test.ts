import { expect, test } from "vitest";
import { readPrefill, startLike } from "../../../app/web/start/prefill.ts";

test("a form that repeats a session is filled in like it, whatever its words are", () => {
  const session = {
    url: "http://shop.test/?a=1&b=ü",
    objective: 'Find "tea" & order 100% of it',
    persona: { id: "p1", name: "Visitor", description: "Calm.", device: "phone" as const },
  };
  const address = new URL(startLike(session), "http://testfarm.test");
  expect(address.pathname).toBe("/start");
  expect(readPrefill(address.search)).toEqual({
    url: session.url,
    objective: session.objective,
    personaId: "p1",
  });
});

test("an address that says nothing leaves the form empty", () => {
  expect(readPrefill("")).toEqual({ url: "", objective: "", personaId: "" });
});
