import { useHotkeys } from "@mantine/hooks";
import { useState } from "react";
import type { Step } from "./progress.ts";

export interface Selection {
  /** Position in the list of steps; -1 while there is none. */
  readonly index: number;
  readonly step: Step | undefined;
  /** Whether the newest step is shown as soon as it comes. */
  readonly following: boolean;
  readonly select: (index: number) => void;
  readonly selectStep: (number: number) => void;
  readonly follow: () => void;
}

/** Which step is on show: the newest, unless somebody chose an older one. The arrow keys walk through them. */
export function useSelection(steps: readonly Step[]): Selection {
  const [chosen, setChosen] = useState<number | null>(null);
  const last = steps.length - 1;
  const index = chosen ?? last;
  const select = (to: number) => setChosen(to >= last ? null : Math.max(0, to));
  useHotkeys([
    ["ArrowLeft", () => select(index - 1)],
    ["ArrowRight", () => select(index + 1)],
  ]);
  return {
    index,
    step: steps[index],
    following: chosen === null,
    select,
    selectStep: (number) => {
      const position = steps.findIndex(({ step }) => step === number);
      if (position >= 0) select(position);
    },
    follow: () => setChosen(null),
  };
}
