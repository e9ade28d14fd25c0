import { randomBytes } from "node:crypto";

/** A secret that occurs nowhere else, with a character that addresses have to encode. */
export const marker = (name: string): string => `canary/${name}/${randomBytes(12).toString("hex")}`;

/** Every form in which a text carries a secret: as it is, encoded for an address, in base64 wherever it begins. */
function formsOf(secret: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    // The characters at both ends depend on what stands beside the secret.
    return padded
      .toString("base64")
      .replace(/=+$/, "")
      .slice(offset === 0 ? 0 : offset + 1, -1);
  });
  const forms = [secret, encodeURIComponent(secret), encodeURI(secret), ...base64];
  return [...new Set([...forms, ...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))])];
}

/** Which secrets are in which texts, as `text: secret`. */
export function leaks(
  texts: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): string[] {
  const searched = Object.entries(secrets).map(([name, secret]) => ({ name, forms: formsOf(secret) }));
  return Object.entries(texts).flatMap(([title, text]) =>
    searched
      .filter(({ forms }) => forms.some((form) => text.includes(form)))
      .map(({ name }) => `${title}: ${name}`),
  );
}
