import { QueryClient } from "@tanstack/react-query";
import type { Move } from "../../contract.ts";
import { ApiFailure } from "./client.ts";

/** What is known of whether TestFarm is being moved. */
export const moveKey = ["move"];

/** A refusal stays one; only an unreachable or broken server is worth asking again. */
const isRefusal = (error: Error) => error instanceof ApiFailure && error.status >= 400 && error.status < 500;

/** So often something is tried that TestFarm takes once it has been moved. */
const mostTries = 200;
/** Of what it says when to ask again, this much is waited at the most: it may be done sooner. Milliseconds. */
const longestWait = 5_000;

/** Milliseconds; `undefined` where it is not being moved. */
export function waitForMove(error: unknown): number | undefined {
  if (!(error instanceof ApiFailure) || error.movingFor === undefined) return undefined;
  return Math.min(error.movingFor * 1_000, longestWait);
}

/** Whether somebody has to open another address: what this one leads to takes nothing any more. */
export const isElsewhere = (movedTo: string): boolean => new URL(movedTo).origin !== location.origin;

function hasLeft(): boolean {
  const movedTo = queryClient.getQueryData<Move>(moveKey)?.movedTo ?? null;
  return movedTo !== null && isElsewhere(movedTo);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failures, error) => failures < 2 && !isRefusal(error),
      // A page opened on this machine works without a network.
      networkMode: "always",
    },
    mutations: {
      networkMode: "always",
      retry: (failures, error) => failures < mostTries && waitForMove(error) !== undefined && !hasLeft(),
      retryDelay: (_, error) => waitForMove(error) ?? 0,
    },
  },
});
