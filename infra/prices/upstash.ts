import { type Prices, pricesFrom } from "./price.ts";

/** Read from https://upstash.com/pricing/redis by others. */
const transcript = {
  source: "https://raw.githubusercontent.com/api-evangelist/upstash/main/plans/upstash-plans-pricing.yml",
  date: "2026-09-20",
  confirmed: false,
};

/** In one region. `payg` has no price of its own: 0.20 USD for 100,000 commands, of which an idle queue sends millions. */
export const upstash: Prices = pricesFrom(transcript, {
  fixed_250mb: 10,
  fixed_1gb: 20,
  fixed_5gb: 100,
  fixed_10gb: 200,
  fixed_50gb: 400,
});
