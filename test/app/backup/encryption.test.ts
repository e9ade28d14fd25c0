import { randomBytes } from "node:crypto";
import { expect, test, vi } from "vitest";
import { decrypted, encrypted } from "../../../app/backup/encryption.ts";

const passphrase = "a passphrase of at least 32 characters";

async function* inPieces(bytes: Buffer, size = 50_000) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of pieces) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const seal = async (plain: Buffer) => whole(await encrypted(inPieces(plain), passphrase));
const open = async (sealed: Buffer, by = passphrase) => whole(await decrypted(inPieces(sealed), by));

test.each([0, 1, 65_536, 65_537, 300_000])("%i bytes come back as they were", async (size) => {
  const plain = randomBytes(size);
  const sealed = await seal(plain);
  expect(sealed.subarray(0, 21).toString()).toBe("age-encryption.org/v1");
  expect((await open(sealed)).equals(plain)).toBe(true);
});

test("nothing opens it but the passphrase", async () => {
  const plain = Buffer.from("canary".repeat(20_000));
  const sealed = await seal(plain);
  expect(sealed.includes("canary")).toBe(false);
  await expect(open(sealed, `${passphrase}!`)).rejects.toThrow(/no identity matched/);
});

test("what was altered or cut off is not taken for the whole", async () => {
  const sealed = await seal(randomBytes(200_000));
  const altered = Buffer.from(sealed);
  altered[150_000]! ^= 1;
  await expect(open(altered)).rejects.toThrow(/invalid tag/);
  // At the end of a piece of 64 KiB, where nothing but the mark of the last one is missing.
  await expect(open(sealed.subarray(0, sealed.length - (200_000 % 65_536) - 16))).rejects.toThrow(
    /invalid tag/,
  );
});

async function* broken() {
  yield randomBytes(100_000);
  throw new Error("the disk is gone");
}

test("an error of what is encrypted ends it, and who stops reading ends what is encrypted", async () => {
  await expect(encrypted(broken(), passphrase).then(whole)).rejects.toThrow("the disk is gone");
  let isEnded = false;
  async function* endless() {
    try {
      for (;;) yield randomBytes(100_000);
    } finally {
      isEnded = true;
    }
  }
  for await (const _ of await encrypted(endless(), passphrase)) break;
  await vi.waitFor(() => expect(isEnded).toBe(true));
});
