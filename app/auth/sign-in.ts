import type { Principal } from "../api/context.ts";
import type { Bootstrap } from "../contract.ts";
import type { Database } from "../db/database.ts";
import { createAuth } from "./auth.ts";
import { bootstrapOwner, hasOwner, prepareBootstrap } from "./bootstrap.ts";
import { authenticator } from "./principal.ts";
import { reading, writing } from "./refusals.ts";

interface Options {
  readonly db: Database;
  readonly secret: string;
  readonly frontendUrl: string;
  readonly ownerEmail: string | undefined;
  readonly bootstrapToken: string | undefined;
  /** Header in which the nearest proxy says the visitor's address last. Default: `X-Forwarded-For`. */
  readonly clientIpHeader?: string | undefined;
}

/** How people and programs come into an installation that others can reach. */
export interface SignIn {
  /** The only origin from which a browser may change anything. */
  readonly origin: string;
  /** Where a request says from whom it is. */
  readonly clientIpHeader: string;
  authenticate(request: Request): Promise<Principal | undefined>;
  /** Answers better-auth's own routes under `/api/auth`. @throws when it would have to write and the gate is closed. */
  handle(request: Request): Promise<Response>;
  hasOwner(): Promise<boolean>;
  /** @throws {BootstrapRefused} */
  makeOwner(input: Bootstrap): Promise<void>;
  /** A token to be shown once, where the installation waits for its first owner and none was given. */
  prepareOwner(): Promise<string | undefined>;
}

export function openSignIn({
  db,
  secret,
  frontendUrl,
  ownerEmail,
  bootstrapToken,
  clientIpHeader = "x-forwarded-for",
}: Options): SignIn {
  const auth = createAuth({ db, secret, frontendUrl });
  const authenticate = authenticator(auth, db);
  return {
    origin: new URL(frontendUrl).origin,
    clientIpHeader,
    authenticate: (request) => reading(() => authenticate(request)),
    handle: (request) =>
      request.method === "GET" ? reading(() => auth.handler(request)) : writing(() => auth.handler(request)),
    hasOwner: () => hasOwner(db),
    makeOwner: (input) => bootstrapOwner({ auth, db, token: bootstrapToken, email: ownerEmail }, input),
    prepareOwner: () => prepareBootstrap(db, { token: bootstrapToken }),
  };
}
