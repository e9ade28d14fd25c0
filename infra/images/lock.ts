import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RunError } from "@pulumi/pulumi/errors.js";

/** Digests by image, `name:tag` to `sha256:...`, as `npm run pin-images` writes them. */
export type Lock = Readonly<Record<string, string>>;

export const lockFile = fileURLToPath(new URL("../../images.lock.json", import.meta.url));
export const digestForm = /^sha256:[0-9a-f]{64}$/;

/**
 * @param path default: the lock file of this checkout.
 * @returns no digest where there is no file.
 * @throws {RunError} when the file is not what `npm run pin-images` writes.
 */
export function readLock(path = lockFile): Lock {
  if (!existsSync(path)) return {};
  const refuse = (what: string, cause?: unknown) =>
    new RunError(`${path} ${what}; write it anew: npm run pin-images`, { cause });
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw refuse("is not JSON", error);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw refuse("must be an object of digests by image");
  for (const [image, digest] of Object.entries(content)) {
    if (typeof digest !== "string" || !digestForm.test(digest))
      throw refuse(
        `has ${JSON.stringify(digest)} for ${image}, which must be sha256: and 64 hexadecimal digits`,
      );
  }
  return content as Lock;
}

/** The image by its digest too, where the lock has one: no registry can then hand out another one under the tag. */
export const pinned = (image: string, lock: Lock): string =>
  Object.hasOwn(lock, image) ? `${image}@${lock[image]}` : image;
