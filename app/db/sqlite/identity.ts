import { hash } from "node:crypto";

/** Of all that comes from an old database: a random UUID that stands for nothing else. */
const namespace = Buffer.from("6f0c5c2e3e1b4d0f9a5e8f1b7c4d2a90", "hex");

/**
 * The id that a row of the old database has in the new product: the same each time, so that an import that goes on after
 * it was killed makes nothing twice. A UUID of version 5 (RFC 9562).
 *
 * @param kind `sessions`, `organizations`.
 */
export function newId(kind: string, key: string): string {
  const digest = hash("sha1", Buffer.concat([namespace, Buffer.from(`${kind}/${key}`)]), "buffer");
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return digest.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
