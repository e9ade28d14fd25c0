import { describe, test } from "vitest";

/** A service that a suite cannot run without, and where it was found. */
export interface Service<Found> {
  /** `Pulumi CLI`, `Docker engine`. */
  readonly name: string;
  /** What to install so that it is found, in words. */
  readonly needs: string;
  /** Resolves to the service, or to `undefined` where this machine has none. */
  readonly find: () => Promise<Found | undefined>;
}

/** Marks the note of a test that stands for a suite that could not run; the reporter names it at the end. */
export const missing = "cannot run here: ";

/**
 * A suite that needs a service. Where there is none it does not run, and the last lines of `npm test` say so and what
 * to install; with `CI=true` that is a failure.
 */
export async function describeWith<Found>(
  service: Service<Found>,
  title: string,
  suite: (found: Found) => void,
): Promise<void> {
  const found = await service.find();
  if (found !== undefined) {
    describe(title, () => suite(found));
    return;
  }
  const note = `${missing}no ${service.name}. ${service.needs}`;
  test(title, ({ skip }) => {
    if (process.env["CI"] === "true") throw new Error(note);
    skip(note);
  });
}
