import { Title } from "@mantine/core";
import { Bug, Eye, MonitorPlay } from "lucide-react";
import type { Me } from "../../contract.ts";
import classes from "./start.module.css";

const stages = [
  { icon: MonitorPlay, title: "A real browser opens", text: "One Chromium for this session alone." },
  { icon: Eye, title: "You watch every step", text: "Each action comes with its reason and a picture." },
  { icon: Bug, title: "Findings come with evidence", text: "Element, message and step, sorted by severity." },
];

const choosers: Record<NonNullable<Me["agent"]>, string> = {
  explorer:
    "No model key is set, so the built-in explorer chooses the steps: it follows links and fills in forms the same way every time.",
  model: "A language model chooses the steps, in the role of the persona.",
};

export function WhatHappens({ agent }: { readonly agent: Me["agent"] | undefined }) {
  return (
    <aside className={classes.aside} aria-label="What happens next">
      <Title order={2} size="h5">
        What happens next
      </Title>
      <ol className={classes.stages}>
        {stages.map(({ icon: Icon, title, text }) => (
          <li key={title}>
            <Icon size={18} aria-hidden />
            <div>
              <strong>{title}</strong>
              <p>{text}</p>
            </div>
          </li>
        ))}
      </ol>
      {agent && <p className={classes.chooser}>{choosers[agent]}</p>}
    </aside>
  );
}
