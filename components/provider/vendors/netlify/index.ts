/** Netlify's API (npm @netlify/open-api 2.60.0, dist/swagger.json, read 2026-11-26). */
import { z } from "zod";
import { vendor } from "../../vendor/kind.ts";
import { deploy } from "./deploy.ts";
import { site } from "./site.ts";

const token =
  "Make a personal access token at https://app.netlify.com/user/applications#personal-access-tokens as a member of the team with the role Developer or Owner, and set testfarm:netlifyToken";
const advice: Readonly<Record<number, string>> = {
  401: token,
  402: "Take a larger plan of the team at https://app.netlify.com, under Billing",
  403: token,
};

/** Either what the contract says, or fields with what is wrong with each (https://github.com/netlify/open-api/issues/377). */
interface Refusal {
  readonly message?: string;
  readonly errors?: Readonly<Record<string, readonly string[]>>;
}

export const netlify = vendor({
  title: "Netlify",
  origin: "https://api.netlify.com",
  credentials: z.object({ token: z.string() }),
  headers: ({ token: bearer }) => ({ authorization: `Bearer ${bearer}` }),
  messageIn(body) {
    const { message, errors = {} } = (body ?? {}) as Refusal;
    const fields = Object.entries(errors).map(([field, problems]) => `${field} ${problems.join(", ")}`);
    return message ?? (fields.join("; ") || undefined);
  },
  advice: ({ status, message }) =>
    message.includes("must be unique")
      ? "A name below netlify.app, or a custom domain, is had once by all of Netlify: choose another"
      : advice[status],
  kinds: { Site: site, Deploy: deploy },
});
