import { isIP } from "node:net";
import { admit, hostOf, publicOnly, type Policy } from "../egress/policy.ts";
import type { ServiceOptions } from "./service.ts";

interface Project {
  readonly apiKey: string;
  readonly projectId: string;
  readonly region?: "us-west-2" | "us-east-1" | "eu-central-1" | "ap-southeast-1" | undefined;
  /** Default: Browserbase's own address. */
  readonly baseURL?: string | undefined;
  /** Which sites may be visited. Default: public ones. */
  readonly policy?: Policy;
}

/**
 * Browserbase as a service for remote browsers. Its browsers run in its network and know no filter of ours, so the site
 * is checked before a session starts, and Browserbase keeps the session's pages, though not what they load, on its domain
 * (https://docs.browserbase.com/reference/api/create-a-session, `allowedDomains`).
 */
export function browserbase({
  apiKey,
  projectId,
  region,
  baseURL = "https://api.browserbase.com",
  policy = publicOnly,
}: Project): Pick<ServiceOptions, "baseURL" | "apiKey" | "projectId" | "parametersFor"> {
  return {
    baseURL,
    apiKey,
    projectId,
    async parametersFor(site) {
      const url = new URL(site);
      await admit(url, policy);
      // `example.com` and `www.example.com` are one site to a session; a domain includes those below it.
      const host = hostOf(url).replace(/^www\./, "");
      return {
        ...(region !== undefined && { region }),
        ...(isIP(host) === 0 && { browserSettings: { allowedDomains: [host] } }),
      };
    },
  };
}
