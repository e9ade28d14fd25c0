import { randomUUID } from "node:crypto";
import type { Storage } from "../storage/contract.ts";
import { ask, bad, good, type Finding } from "./check.ts";

const refused =
  "Check S3_BUCKET, S3_ENDPOINT, S3_REGION and the key, which has to read, write and delete; or STORAGE_DIR.";

/** Writes, reads, serves and removes one small object. */
export const storageCheck = (open: () => Promise<Storage>): Promise<Finding> =>
  ask("storage", refused, async () => {
    const storage = await open();
    const prefix = `doctor/${randomUUID()}/`;
    const body = Buffer.from("TestFarm");
    await storage.put(`${prefix}object`, body);
    const found = await readBack(storage, `${prefix}object`, body);
    await storage.removeAll(prefix);
    return found;
  });

async function readBack(storage: Storage, key: string, body: Buffer): Promise<Finding> {
  const read = await storage.get(key);
  if (read === undefined || !body.equals(read)) {
    return bad("storage", "does not give back what was written", "Check that no other bucket answers here.");
  }
  const address = await storage.presign(key);
  if (address === undefined) return good("storage", "writes, reads and removes");
  return presigned(address, body);
}

async function presigned(address: string, body: Buffer): Promise<Finding> {
  const response = await fetch(address);
  if (response.ok && body.equals(Buffer.from(await response.arrayBuffer()))) {
    return good("storage", "writes, reads, removes, and serves by presigned addresses");
  }
  // The address itself opens the object for whoever reads it.
  return bad(
    "storage",
    `answers a presigned address with status ${response.status}`,
    "Check S3_REGION, S3_FORCE_PATH_STYLE and this machine's clock.",
  );
}
