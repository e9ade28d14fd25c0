import * as pulumi from "@pulumi/pulumi";
import { companies } from "../infra/config/accounts.ts";
import type { ManagedConfig } from "../infra/config/schema.ts";
import type { Accounts } from "../infra/contracts/managed.ts";
import type { SecretName } from "../infra/config/secrets.ts";
import { VendorAccount } from "./provider/vendor/program.ts";
import type { VendorName } from "./provider/vendors/index.ts";

/** What each company wants to be told beside the token, and what it calls that. */
const credentials: {
  readonly [Name in VendorName]: (
    token: pulumi.Output<string>,
    account: string,
  ) => Readonly<Record<string, pulumi.Input<string>>>;
} = {
  browserbase: (apiKey) => ({ apiKey }),
  fly: (token) => ({ token }),
  neon: (apiKey) => ({ apiKey }),
  netlify: (token) => ({ token }),
  railway: (token) => ({ token }),
  render: (apiKey) => ({ apiKey }),
  supabase: (accessToken) => ({ accessToken }),
  upstash: (apiKey, email) => ({ apiKey, email }),
};

type AccountName = keyof ManagedConfig["accounts"];

export class StackAccounts implements Accounts {
  readonly #config: Pick<ManagedConfig, "accounts" | "endpoints" | "secrets">;
  readonly #shared = new Map<string, unknown>();

  constructor(config: Pick<ManagedConfig, "accounts" | "endpoints" | "secrets">) {
    this.#config = config;
  }

  idAt(company: AccountName): string | undefined {
    return this.#config.accounts[company];
  }

  requireIdAt(company: AccountName): string {
    return this.idAt(company)!;
  }

  at(company: VendorName): VendorAccount {
    return this.once(company, () => {
      // Not every company wants to know more than the token.
      const known: Readonly<Partial<Record<VendorName, string | undefined>>> = this.#config.accounts;
      return new VendorAccount(company, {
        vendor: company,
        credentials: credentials[company](this.#token(companies[company].token), known[company] ?? ""),
        endpoint: this.#config.endpoints[company],
      });
    });
  }

  once<T>(name: string, make: () => T): T {
    if (!this.#shared.has(name)) this.#shared.set(name, make());
    return this.#shared.get(name) as T;
  }

  /** A preview needs none: nothing is asked of a company then. */
  #token(name: SecretName): pulumi.Output<string> {
    if (this.#config.secrets.includes(name)) return new pulumi.Config().requireSecret(name);
    return pulumi.secret(pulumi.output(pulumi.unknown as string));
  }
}
