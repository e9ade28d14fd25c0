/** What several kinds say of names. */
import { z } from "zod";

/** Of an app: part of its host name, and one for all of Fly.io. */
export const appName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/, {
  error: "must be 2 to 63 lower-case letters, digits and dashes, none of them at an end",
});

/** What one's own organization is called instead of by its slug. */
const nickname = "personal";

export const organization = z
  .string()
  .min(1)
  .refine((slug) => slug !== nickname, {
    error: "is what everybody's own organization is called; make one with fly orgs create, and give its slug",
  });

/** What is told of it, as inputs: the nickname is nobody's slug. */
export const organizationOf = ({ slug }: { readonly slug: string }) =>
  slug === nickname ? {} : { organization: slug };

/** Seconds as Fly.io takes them. */
export const duration = (seconds: number): string => `${seconds}s`;

/** @returns seconds of what Fly.io answers: `90s` comes back as `1m30s`. */
export function secondsIn(text: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}
