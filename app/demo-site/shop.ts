import { setTimeout as sleep } from "node:timers/promises";
import { Hono, type Context } from "hono";
import { change, countOf, readBasket, readOrders, writeBasket, writeOrders } from "./basket.ts";
import { addressSchema, cart, checkout, confirmation } from "./checkout.ts";
import { slowPageMilliseconds } from "./defects.ts";
import { articleOf } from "./goods.ts";
import { layout } from "./layout.ts";
import { catalogue, leaflets, product, search, type Page } from "./pages.ts";
import { pictures } from "./pictures.ts";
import { style } from "./style.ts";

/** The demo shop; with the defects of `plantedDefects` unless `mended`. */
export function shop({ mended = false }: { readonly mended?: boolean } = {}): Hono {
  const planted = !mended;
  const app = new Hono();
  const show = (context: Context, { title, main }: Page, status: 200 | 404 | 422 = 200) =>
    context.html(layout({ title, main, planted, count: countOf(readBasket(context)) }), status);

  app.get("/", (context) => show(context, catalogue()));
  app.get("/search", (context) => show(context, search(context.req.query("q") ?? "")));
  app.get("/products/:slug", (context) => {
    const article = articleOf(context.req.param("slug"));
    return article ? show(context, product(article, planted)) : context.notFound();
  });
  for (const [path, leaflet] of Object.entries(leaflets)) {
    app.get(path, async (context) => {
      if (planted && path === "/workshop") await sleep(slowPageMilliseconds);
      return show(context, leaflet(planted));
    });
  }

  app.get("/cart", (context) => show(context, cart(readBasket(context), planted)));
  app.post("/cart", (context) => changeBasket(context, 1));
  app.post("/cart/remove", (context) => changeBasket(context, Number.NEGATIVE_INFINITY));

  app.get("/checkout", (context) => {
    const lines = readBasket(context);
    return lines.length === 0 ? context.redirect("/cart") : show(context, checkout(lines, {}, []));
  });
  app.post("/checkout", async (context) => {
    const entered = await context.req.parseBody();
    const { error } = addressSchema.safeParse(entered);
    const problems = error?.issues.map(({ message }) => message) ?? [];
    if (problems.length > 0) return show(context, checkout(readBasket(context), entered, problems), 422);
    const order = readOrders(context) + 1;
    writeOrders(context, order);
    writeBasket(context, []);
    return context.redirect(`/orders/${order}`, 303);
  });
  app.get("/orders/:number", (context) => {
    const order = Number(context.req.param("number"));
    return order >= 1 && order <= readOrders(context)
      ? show(context, confirmation(order))
      : context.notFound();
  });

  app.get("/api/reviews/:slug", (context) =>
    planted ? context.json({ error: "The review service does not answer." }, 500) : context.json([]),
  );
  app.get("/shop.css", (context) => context.body(style, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/images/:file", (context) => {
    const picture = pictures.get(context.req.param("file").replace(/\.svg$/, ""));
    return picture ? context.body(picture, 200, { "content-type": "image/svg+xml" }) : context.notFound();
  });
  return app;
}

async function changeBasket(context: Context, by: number): Promise<Response> {
  const { slug } = await context.req.parseBody();
  const article = articleOf(String(slug));
  if (!article) return context.notFound();
  writeBasket(context, change(readBasket(context), article, by));
  return context.redirect("/cart", 303);
}
