import { expect } from "vitest";
import { listen } from "../../components/provider/server.ts";
import { testfarm } from "../../components/provider/testfarm.ts";
import type { VendorName } from "../../components/provider/vendors/index.ts";
import { ProviderClient, secret } from "../components/provider/client.ts";
import type { ContractServer } from "./contracts/server.ts";

export interface VendorClient {
  readonly client: ProviderClient;
  /** Configures the provider with an account at the server. */
  readonly configure: (credentials: Readonly<Record<string, string>>) => Promise<unknown>;
  /** Ends it, and demands that the vendor would have understood every call. */
  readonly close: () => void;
}

/**
 * Our own provider, as the engine speaks to it, with an account at a server that speaks a vendor's contract.
 *
 * @param credentials of an account that the server knows.
 */
export async function openVendorClient(
  vendor: VendorName,
  kind: string,
  credentials: Readonly<Record<string, string>>,
  server: ContractServer,
): Promise<VendorClient> {
  const provider = await listen(testfarm);
  const client = new ProviderClient(provider.port, `testfarm:${vendor}:${kind}`);
  const configure: VendorClient["configure"] = (values) =>
    client.configure({
      vendor,
      credentials: secret(JSON.stringify(values)),
      endpoint: server.url,
      // Nobody waits here. Milliseconds.
      interval: "5",
    });
  await configure(credentials);
  return {
    client,
    configure,
    close() {
      client.grpc.close();
      provider.close();
      expect(server.violations).toEqual([]);
    },
  };
}
