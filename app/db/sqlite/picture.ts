/** A screenshot of the old product: itself, or where it lies under the directory of `--screenshots`. */
export type Picture = { readonly bytes: Buffer } | { readonly file: string };

const png = Buffer.from("89504e470d0a1a0a", "hex");

/** What is wrong with a screenshot, in words; `undefined` when it is a PNG or a WebP. */
export function refusePicture(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, png.length).equals(png)) return undefined;
  const mark = bytes.toString("latin1", 0, 12);
  if (mark.startsWith("RIFF") && mark.endsWith("WEBP")) return undefined;
  if (bytes.length === 0) return "is an empty picture";
  const found = mark.startsWith("\xff\xd8\xff") ? "a JPEG" : "no picture that is known";
  return `must be a PNG or a WebP, and is ${found}`;
}
