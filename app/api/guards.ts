import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import { apiKeyHeader } from "../auth/principal.ts";
import type { SignIn } from "../auth/sign-in.ts";
import type { ApiEnv, ApiOptions } from "./context.ts";
import { Refusal } from "./errors.ts";

/** The page loads nothing from elsewhere; its component library sets styles on elements. */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    objectSrc: ["'none'"],
    baseUri: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: "DENY",
  // Whether the connection is encrypted is the edge's matter.
  strictTransportSecurity: false,
});

const localNames = new Set(["localhost", "127.0.0.1"]);
export const isSafe = (method: string) => ["GET", "HEAD", "OPTIONS"].includes(method);

/**
 * Where whoever reaches the port is signed in, another site must not reach it through the user's browser: neither under
 * a name of its own that resolves to 127.0.0.1 (DNS rebinding), nor by sending a form across.
 */
export const onlyThisMachine = createMiddleware<ApiEnv>(async (context, next) => {
  const { hostname: host, origin: ownOrigin } = new URL(context.req.url);
  if (!localNames.has(host)) {
    throw new Refusal(
      403,
      `This address answers to localhost and 127.0.0.1 only, not to ${JSON.stringify(host)}.`,
    );
  }
  const origin = context.req.header("origin");
  if (!isSafe(context.req.method) && origin !== undefined && origin !== ownOrigin) {
    throw new Refusal(403, `Requests from ${origin} are not accepted.`);
  }
  await next();
});

/**
 * A browser sends its cookie along whoever asks it to; what it also sends is the origin of whoever asked. A program with
 * a key has no cookie.
 */
export const onlyOwnOrigin = ({ origin: own }: Pick<SignIn, "origin">) =>
  createMiddleware<ApiEnv>(async (context, next) => {
    const { req } = context;
    const origin = req.header("origin");
    if (!isSafe(req.method) && req.header(apiKeyHeader) === undefined && origin !== own) {
      throw new Refusal(403, `Requests from ${origin ?? "an unknown origin"} are not accepted.`);
    }
    await next();
  });

/** Every route but those that are added before it needs somebody signed in. */
export const onlySignedIn = ({ authenticate }: Pick<ApiOptions, "authenticate">) =>
  createMiddleware<ApiEnv>(async (context, next) => {
    const principal = await authenticate(context.req.raw);
    if (!principal) throw new Refusal(401, "Sign in first.");
    context.set("principal", principal);
    context.header("Cache-Control", "no-store");
    await next();
  });
