import { MutationObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { ApiFailure } from "../../../app/web/api/client.ts";
import { queryClient, waitForMove } from "../../../app/web/api/query-client.ts";

const moving = (movingFor: number) => new ApiFailure(503, "TestFarm is being moved.", [], { movingFor });

test("a change is tried again when TestFarm said that it would take it, until it does", async () => {
  const change = vi.fn<() => Promise<string>>();
  change.mockRejectedValueOnce(moving(0.02)).mockRejectedValueOnce(moving(0.02)).mockResolvedValue("saved");
  const mutation = new MutationObserver(queryClient, { mutationFn: change });
  const reasons: unknown[] = [];
  mutation.subscribe(({ failureReason, status }) => {
    if (status === "pending") reasons.push(waitForMove(failureReason));
  });
  expect(await mutation.mutate()).toBe("saved");
  expect(change).toHaveBeenCalledTimes(3);
  // What the page shows its notice by.
  expect(reasons).toContain(20);
});

test("a change that failed otherwise may have been made, and is not tried again", async () => {
  const change = vi.fn<() => Promise<never>>(() => Promise.reject(new ApiFailure(503, "Broken.")));
  await expect(new MutationObserver(queryClient, { mutationFn: change }).mutate()).rejects.toThrow("Broken.");
  expect(change).toHaveBeenCalledTimes(1);
});

test("what says that it takes minutes may be over sooner: it is asked again after seconds", () => {
  expect([waitForMove(moving(600)), waitForMove(moving(2))]).toEqual([5_000, 2_000]);
  expect(waitForMove(new ApiFailure(503, "Broken."))).toBeUndefined();
});
