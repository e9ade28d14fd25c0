import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { diskStorage } from "../../../../app/storage/disk.ts";
import { AccessError } from "../../../../infra/contracts/access.ts";
import { findStatus, toText } from "../../../../infra/promotion/commands/status.ts";
import { mirrorIn } from "../../../../infra/promotion/ledger/mirror.ts";
import { startRun } from "../../../../infra/promotion/ledger/open.ts";
import { storeOf } from "../../../../infra/promotion/objects/store.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";
import { migratedDatabase } from "../../../support/postgres.ts";

const directory = mkdtempSync(join(tmpdir(), "testfarm-status-"));
afterAll(() => rmSync(directory, { recursive: true }));
const objects = storeOf(diskStorage(directory));
const close = () => Promise.resolve();
/** Nobody listens there. */
const gone = { databaseUrl: "postgres://postgres@127.0.0.1:1/testfarm", objects, close };
const unreachable = () => Promise.reject(new AccessError("Stack mvp has no outputs yet."));

const withoutSource = (name: string) => (name === "mvp" ? unreachable() : Promise.resolve(gone));

/** A promotion that has come to its first action, and its source. */
async function promoted(): Promise<{ readonly databaseUrl: string; readonly run: string }> {
  const url = await migratedDatabase();
  const plan = makePlan({ from: "mvp", to: "validation", path: "OFFLINE", reasons: [] });
  const ledger = await startRun(plan, { url, mirror: mirrorIn(objects, plan.run) });
  await ledger.append({ state: "PREFLIGHT", direction: "do", status: "begun" });
  await ledger.append({ state: "PREFLIGHT", action: "check-before", direction: "do", status: "begun" });
  await ledger.close();
  return { databaseUrl: url, run: plan.run };
}

test("the source tells where a promotion is; its copy does where the source does not answer, and says so", async () => {
  const { databaseUrl, run } = await promoted();
  const known = {
    plan: { run, from: "mvp", to: "validation", path: "OFFLINE" },
    status: "running",
    state: "PREFLIGHT",
    last: expect.stringMatching(/^check both sides, reading only, begun at 20/) as string,
  };
  const told = await findStatus(() => Promise.resolve({ ...gone, databaseUrl }), "mvp", "validation");
  expect(told).toMatchObject({ ...known, runner: null, gate: { state: "open", epoch: 1 }, mirror: null });
  expect(toText(told!)).toMatch(/\n {2}runner {2}none: resume, or rollback\n {2}mvp {5}open, epoch 1\n$/);
  expect(told!.log).toBeNull();
  expect(toText({ ...told!, log: { bytes: 12_300_000, isRead: false } })).toMatch(
    /\n {2}log {5}12\.3 MB kept for validation, which does not read it: it grows until the disk is full\./,
  );

  const copied = await findStatus(() => Promise.resolve(gone), "mvp", "validation");
  expect(copied).toMatchObject({ ...known, runner: null, gate: null, mirror: { of: "validation" } });
  expect(toText(copied!)).toMatch(
    /\n {2}copy {4}of the ledger, in the bucket of validation: connect ECONNREFUSED 127\.0\.0\.1:1\n$/,
  );
  expect(await findStatus(withoutSource, "mvp", "validation")).toMatchObject(known);
  await expect(findStatus(() => Promise.resolve(gone), "growth", "validation")).rejects.toThrow(
    "connect ECONNREFUSED 127.0.0.1:1\nThe bucket of validation knows of no promotion from growth.",
  );
});

test("whoever does not say where the copy is learns that there may be one", async () => {
  const asked = findStatus(unreachable, "mvp", undefined);
  await expect(asked).rejects.toThrow(AccessError);
  await expect(asked).rejects.toThrow(
    "Stack mvp has no outputs yet.\nWhere mvp is gone, or stays out of reach, the stack that it was promoted to has a copy of the ledger: status mvp --mirror <stack>.",
  );
});
