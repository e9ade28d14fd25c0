/**
 * Railway: its GraphQL schema is https://github.com/railwayapp/cli, src/gql/schema.json (of 2026-08-21, read
 * 2026-11-26), its manual https://docs.railway.com/integrations/api (read then too).
 */
import { z } from "zod";
import { vendor } from "../../vendor/kind.ts";
import { bucket } from "./bucket.ts";
import { customDomain } from "./custom-domain.ts";
import { messageIn, refusalIn } from "./graphql.ts";
import { project } from "./project.ts";
import { regions } from "./regions.ts";
import { service } from "./service.ts";
import { volume } from "./volume.ts";

export const railway = vendor({
  title: "Railway",
  origin: "https://backboard.railway.com",
  credentials: z.object({ token: z.string() }),
  headers: ({ token }) => ({ authorization: `Bearer ${token}` }),
  messageIn,
  refusalIn,
  advice({ status, message }) {
    if (status === 401 || status === 403)
      return "Make a token of the workspace at https://railway.com/account/tokens, and set testfarm:railwayToken. A token of a project does not do: it makes no projects";
    if (status === 402)
      return "What each plan allows is at https://docs.railway.com/pricing/plans; private registries and more replicas need Pro";
    if (status === 429)
      return "Railway allows 1,000 requests an hour on Hobby, 10,000 on Pro. Run pulumi up again later";
    return /region/i.test(message) ? `Regions on offer are ${regions.join(", ")}` : undefined;
  },
  kinds: {
    Project: project,
    Service: service,
    Volume: volume,
    CustomDomain: customDomain,
    Bucket: bucket,
  },
});
