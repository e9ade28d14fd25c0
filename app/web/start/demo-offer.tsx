import { Button } from "@mantine/core";
import { ShoppingBag } from "lucide-react";
import type { Prefill } from "./prefill.ts";
import classes from "./start.module.css";

interface DemoOfferProps {
  readonly address: string;
  readonly url: string;
  readonly onTake: (part: Partial<Prefill>) => void;
}

/** The shop that ships with TestFarm, for whoever has no site at hand. */
export function DemoOffer({ address, url, onTake }: DemoOfferProps) {
  if (url === address) return null;
  return (
    <div className={classes.offer}>
      <ShoppingBag size={18} aria-hidden />
      <span>No site at hand? A demo shop with planted defects runs on this machine.</span>
      <Button
        variant="default"
        size="xs"
        onClick={() => onTake({ url: address, objective: "Find a product, put it in the cart and order it" })}
      >
        Use the demo shop
      </Button>
    </div>
  );
}
