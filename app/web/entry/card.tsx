import { Button, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { TriangleAlert } from "lucide-react";
import type { FormEvent, ReactNode } from "react";
import { Callout } from "../parts/callout.tsx";
import classes from "./entry.module.css";

interface EntryCardProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
  readonly submit: string;
  readonly isPending: boolean;
  /** What no field can show. */
  readonly problem: string | undefined;
  readonly onSubmit: () => void;
}

/** A form that stands alone on the page. */
export function EntryCard({ title, lead, children, submit, isPending, problem, onSubmit }: EntryCardProps) {
  useDocumentTitle(`${title} · TestFarm`);
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <main className={classes.page}>
      <div className={classes.brand}>
        <img src="/mark.svg" alt="" width={32} height={32} />
        TestFarm
      </div>
      <form className={classes.card} onSubmit={send} noValidate aria-label={title}>
        <div>
          <Title order={1} size="h3">
            {title}
          </Title>
          <p className={classes.lead}>{lead}</p>
        </div>
        {children}
        {problem && (
          <Callout icon={TriangleAlert} tone="critical" title="That did not work." role="alert">
            {problem}
          </Callout>
        )}
        <Button type="submit" fullWidth loading={isPending}>
          {submit}
        </Button>
      </form>
    </main>
  );
}
