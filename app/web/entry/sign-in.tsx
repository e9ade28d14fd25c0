import { PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useSignIn } from "../api/queries.ts";
import { EntryCard } from "./card.tsx";

export function SignInPage() {
  const [input, setInput] = useState({ email: "", password: "" });
  const signIn = useSignIn();
  return (
    <EntryCard
      title="Sign in"
      lead="With the address and the password that you use here."
      submit="Sign in"
      isPending={signIn.isPending}
      problem={signIn.error?.message}
      onSubmit={() => signIn.mutate(input)}
    >
      <TextInput
        label="E-mail address"
        type="email"
        autoComplete="username"
        required
        value={input.email}
        onChange={({ currentTarget: { value } }) => setInput((before) => ({ ...before, email: value }))}
      />
      <PasswordInput
        label="Password"
        autoComplete="current-password"
        required
        value={input.password}
        onChange={({ currentTarget: { value } }) => setInput((before) => ({ ...before, password: value }))}
      />
    </EntryCard>
  );
}
