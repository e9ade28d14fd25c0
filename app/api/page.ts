import { serveStatic } from "@hono/node-server/serve-static";
import type { Api } from "./context.ts";

/** The built page. An address that is no file of it is one of the page's own, so the page is the answer. */
export function servePage(api: Api, directory: string): void {
  const file = serveStatic({ root: directory });
  const page = serveStatic({ root: directory, path: "index.html" });

  api.get("/assets/*", async (context, next) => {
    await next();
    // Vite puts a hash of the content into the names of these files.
    if (context.res.ok) context.header("Cache-Control", "public, max-age=31536000, immutable");
  });
  api.get("*", file);
  api.get("*", async (context, next) => {
    if (/^\/(api|assets)\//.test(context.req.path)) return next();
    context.header("Cache-Control", "no-cache");
    return page(context, next);
  });
}
