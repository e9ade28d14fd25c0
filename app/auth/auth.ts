import { apiKey } from "@better-auth/api-key";
import { drizzleAdapter } from "@better-auth/drizzle-adapter";
import { betterAuth } from "better-auth";
import { organization } from "better-auth/plugins/organization";
import {
  accounts,
  apiKeys,
  authSessions,
  invitations,
  members,
  organizations,
  rateLimits,
  users,
  verifications,
} from "../db/auth-tables.ts";
import type { Database } from "../db/database.ts";
import { noteRefusals } from "./refusals.ts";
import { access, roles } from "./roles.ts";

export interface AuthOptions {
  readonly db: Database;
  /** Signs cookies; at least 32 characters. */
  readonly secret: string;
  /** Where people open the page: the only origin that may sign in. */
  readonly frontendUrl: string;
}

const tables = {
  user: users,
  session: authSessions,
  account: accounts,
  verification: verifications,
  organization: organizations,
  member: members,
  invitation: invitations,
  apikey: apiKeys,
  rateLimit: rateLimits,
};

/** Carries the client's address from the API to the limits on sign-in. */
export const clientAddressHeader = "x-testfarm-client-address";

/**
 * Sign-in by password with a cookie of 7 days, and keys for programs. Nobody can sign up: the first owner comes by the
 * bootstrap token, everybody else by invitation.
 */
export const createAuth = ({ db, secret, frontendUrl }: AuthOptions) =>
  betterAuth({
    appName: "TestFarm",
    baseURL: frontendUrl,
    basePath: "/api/auth",
    secret,
    database: noteRefusals(drizzleAdapter(db, { provider: "pg", schema: tables })),
    trustedOrigins: [new URL(frontendUrl).origin],
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12 },
    plugins: [
      organization({ ac: access, roles, allowUserToCreateOrganization: false }),
      apiKey({
        references: "organization",
        defaultPrefix: "tf_",
        requireName: true,
        // Its default is 10 a day.
        rateLimit: { enabled: true, timeWindow: 60_000, maxRequests: 600 },
      }),
    ],
    rateLimit: { enabled: true, storage: "database" },
    advanced: {
      database: { generateId: "uuid" },
      useSecureCookies: frontendUrl.startsWith("https:"),
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax" },
      // The API sets it from what the nearest proxy says; what a client sends under this name is replaced.
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });

export type Auth = ReturnType<typeof createAuth>;
