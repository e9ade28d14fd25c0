import { Anchor } from "@mantine/core";
import { useMutationState } from "@tanstack/react-query";
import { Truck } from "lucide-react";
import { useLocation } from "wouter";
import { isElsewhere, waitForMove } from "../api/query-client.ts";
import { useMove } from "../api/queries.ts";
import { Callout } from "../parts/callout.tsx";
import classes from "./layout.module.css";

/** Says that TestFarm is being moved, or where it is opened now. */
export function MovingNotice() {
  const { data: move } = useMove();
  const waiting = useMutationState({
    filters: { status: "pending" },
    select: ({ state }) => waitForMove(state.failureReason) !== undefined,
  });
  const movedTo = move?.movedTo ?? null;
  if (movedTo === null && !move?.isMoving && !waiting.includes(true)) return null;
  return (
    <output className={classes.moving}>
      {movedTo === null ? (
        <Callout icon={Truck} tone="moderate" title="TestFarm is being moved.">
          Sessions go on, and changes are saved, as soon as that is done.
        </Callout>
      ) : (
        <Callout icon={Truck} tone="minor" title="TestFarm has moved.">
          {isElsewhere(movedTo) ? <Elsewhere address={movedTo} /> : sameAddress}
        </Callout>
      )}
    </output>
  );
}

const sameAddress =
  "Your connection leads to where it was. It is tried again until it leads to the new place.";

function Elsewhere({ address }: { readonly address: string }) {
  const [path] = useLocation();
  return (
    <>
      Everything goes on at{" "}
      <Anchor href={`${address}${path}`} inherit underline="always">
        {new URL(address).host}
      </Anchor>
      ; here nothing changes any more.
    </>
  );
}
