import { type Price, pricesFrom } from "./price.ts";

/** Hours of a month, as Azure's calculator has them. */
const month = 730;

/** Azure's list as others have read it from https://prices.azure.com/api/retail/prices: of eastus2. Europe is dearer. */
const retail = {
  source: "https://prices.azure.com/api/retail/prices (eastus2), as others have read it",
  date: "2026-10-03",
  confirmed: false,
};
/** The same of eastus, without a day. */
const machines = { ...retail, source: retail.source.replace("eastus2", "eastus"), date: "2026" };
const balancers = {
  source: "https://azure.microsoft.com/en-us/pricing/details/load-balancer/, as others quote it",
  date: "2026",
  confirmed: false,
};

/** https://azure.microsoft.com/en-us/pricing/calculator/ has the current ones, by region. */
export const azure = {
  /** Of AKS with a promise of how much it is up. Without one it costs nothing. */
  controlPlane: { usd: 0.1 * month, ...retail },
  machines: pricesFrom(machines, { Standard_B2s: 0.0416 * month, Standard_B2ms: 0.0832 * month }),
  /** Premium SSD by its size in GB: smaller disks cost as much. */
  disks: pricesFrom(retail, { 64: 9.2801 }),
  /** Up to five rules. */
  loadBalancer: { usd: 0.025 * month, ...balancers },
  address: { usd: 0.005 * month, ...retail },
  postgres: pricesFrom(retail, { Standard_B2s: 0.068 * month }),
  postgresDisk: { usd: 0.115, unit: "GB", ...retail },
  /** Of one copy. What the second one costs is not on the list. */
  redis: pricesFrom(retail, { Balanced_B0: 0.016 * month }),
  privateEndpoint: { usd: 0.01 * month, ...retail },
  privateZone: { usd: 0.5, ...retail },
  /** Of what comes in; 31 days of it are kept. */
  logs: { usd: 2.76, unit: "GB", ...retail },
} as const satisfies Readonly<Record<string, Price | Readonly<Record<string, Price>>>>;
