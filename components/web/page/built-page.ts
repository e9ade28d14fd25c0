/** The page as `npm run build` makes it, for those who serve its files. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { RunError } from "@pulumi/pulumi/errors.js";

/** From the program's directory on, stacks/, in which the engine runs it. */
const built = "../dist/web";

/** Headers of every answer but the API's: those of app/web/Caddyfile. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'self'; img-src 'self' data: blob: https:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
};

/**
 * The directory with the built page. Before it is built it is unknown to previews, which need nothing but the program.
 *
 * @throws at `up` where it is not built.
 */
export function builtPage(): pulumi.Output<string> {
  if (existsSync(join(built, "index.html"))) return pulumi.output(built);
  if (pulumi.runtime.isDryRun()) return pulumi.output(pulumi.unknown as string);
  throw new RunError(
    `${resolve(built)} holds no index.html: there is no page to publish. Run npm run build first.`,
  );
}
