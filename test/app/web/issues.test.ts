import { expect, test } from "vitest";
import { ApiFailure } from "../../../app/web/api/client.ts";
import { generalMessage, issuesByField } from "../../../app/web/parts/issues.ts";

const fields = ["url", "objective"] as const;
const refused = (...issues: ApiFailure["issues"]) => new ApiFailure(400, "The input is invalid.", issues);

test("an issue is shown at its field, as a sentence", () => {
  const error = refused(
    { path: "url", message: "must be an http or https address" },
    { path: "url", message: "is too long" },
  );
  expect(issuesByField(error, fields)).toEqual({ url: "Must be an http or https address; is too long" });
  expect(generalMessage(error, fields)).toBeUndefined();
});

test("an issue of no field of the form is shown above the form", () => {
  const error = refused({ path: "limit", message: "no session is left this month" });
  expect(issuesByField(error, fields)).toEqual({});
  expect(generalMessage(error, fields)).toBe("limit: no session is left this month");
});

test("an error without issues is shown as it is", () => {
  expect(generalMessage(new ApiFailure(503, "The queue is full."), fields)).toBe("The queue is full.");
  expect(generalMessage(null, fields)).toBeUndefined();
});
