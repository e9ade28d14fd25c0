import { PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useSetUp } from "../api/queries.ts";
import { generalMessage, issuesByField } from "../parts/issues.ts";
import { EntryCard } from "./card.tsx";

const fields = ["token", "organization", "name", "email", "password"] as const;
type Field = (typeof fields)[number];
const empty: Record<Field, string> = { token: "", organization: "", name: "", email: "", password: "" };

/** Shown until the installation has its first owner. */
export function SetUpPage() {
  const [input, setInput] = useState(empty);
  const setUp = useSetUp();
  const errors = issuesByField(setUp.error, fields);
  const field = (name: Field) => ({
    required: true,
    value: input[name],
    error: errors[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      setInput((before) => ({ ...before, [name]: value })),
  });
  return (
    <EntryCard
      title="Set up TestFarm"
      lead="You become the owner of this installation. Nobody else can sign up."
      submit="Create owner"
      isPending={setUp.isPending}
      problem={generalMessage(setUp.error, fields)}
      onSubmit={() => setUp.mutate(input)}
    >
      <TextInput
        label="Bootstrap token"
        description="The output OWNER_BOOTSTRAP_TOKEN, or what the API logged at its first start."
        autoComplete="off"
        {...field("token")}
      />
      <TextInput label="Organization" autoComplete="organization" {...field("organization")} />
      <TextInput label="Your name" autoComplete="name" {...field("name")} />
      <TextInput label="E-mail address" type="email" autoComplete="username" {...field("email")} />
      <PasswordInput
        label="Password"
        description="At least 12 characters."
        autoComplete="new-password"
        {...field("password")}
      />
    </EntryCard>
  );
}
