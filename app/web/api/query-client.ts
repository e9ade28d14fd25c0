import { QueryClient } from "@tanstack/react-query";
import { ApiFailure } from "./client.ts";

/** A refusal stays one; only an unreachable or broken server is worth asking again. */
const isRefusal = (error: Error) => error instanceof ApiFailure && error.status >= 400 && error.status < 500;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failures, error) => failures < 2 && !isRefusal(error),
      // A page opened on this machine works without a network.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
