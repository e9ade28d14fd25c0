import { Button, Textarea, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Play, TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { useCreateSession, useMe, usePersonas } from "../api/queries.ts";
import { Unreachable } from "../layout/unreachable.tsx";
import { Callout } from "../parts/callout.tsx";
import { DemoOffer } from "./demo-offer.tsx";
import { generalMessage, issuesByField } from "../parts/issues.ts";
import { PersonaField } from "./persona-field.tsx";
import { readPrefill } from "./prefill.ts";
import { WhatHappens } from "./what-happens.tsx";
import classes from "./start.module.css";

const fields = ["url", "objective", "personaId"] as const;

export function StartPage() {
  useDocumentTitle("New session · TestFarm");
  const [, navigate] = useLocation();
  const [input, setInput] = useState(readPrefill(useSearch()));
  const me = useMe();
  const personas = usePersonas();
  const create = useCreateSession();
  const change = (part: Partial<typeof input>) => setInput((before) => ({ ...before, ...part }));
  const errors = issuesByField(create.error, fields);
  const problem = generalMessage(create.error, fields);
  // The only persona, or the first of several, until somebody chooses.
  const personaId = input.personaId || (personas.data?.[0]?.id ?? "");
  const start = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ ...input, personaId }, { onSuccess: ({ id }) => navigate(`/sessions/${id}`) });
  };

  return (
    <div className={classes.page}>
      <div className={classes.card}>
        <Title order={1} size="h2">
          New session
        </Title>
        <form className={classes.form} onSubmit={start} noValidate aria-label="New session">
          <TextInput
            label="Web site"
            description="The session starts here and stays on this origin."
            placeholder="https://shop.example.com"
            type="url"
            inputMode="url"
            autoComplete="url"
            size="md"
            required
            value={input.url}
            error={errors.url}
            onChange={({ currentTarget }) => change({ url: currentTarget.value })}
          />
          {me.data?.demoSite && <DemoOffer address={me.data.demoSite} url={input.url} onTake={change} />}
          <Textarea
            label="Objective"
            description="What the user wants to get done, in their own words."
            placeholder="Find a blue mug, put it in the cart and order it"
            autosize
            minRows={2}
            maxRows={8}
            size="md"
            required
            value={input.objective}
            error={errors.objective}
            onChange={({ currentTarget }) => change({ objective: currentTarget.value })}
          />
          <PersonaField
            personas={personas.data}
            value={personaId}
            error={errors.personaId}
            onChange={(chosen) => change({ personaId: chosen })}
          />
          <Unreachable query={personas} />
          {problem && (
            <Callout icon={TriangleAlert} tone="critical" title="The session was not started." role="alert">
              {problem}
            </Callout>
          )}
          <Button
            type="submit"
            size="md"
            loading={create.isPending}
            disabled={personas.isPending}
            leftSection={<Play size={16} aria-hidden />}
            className={classes.submit}
          >
            Start session
          </Button>
        </form>
      </div>
      <WhatHappens agent={me.data?.agent} />
    </div>
  );
}
