import { ActionIcon } from "@mantine/core";
import { LogOut } from "lucide-react";
import { useSignOut } from "../api/queries.ts";

export function SignOut() {
  const signOut = useSignOut();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label="Sign out"
      title="Sign out"
      loading={signOut.isPending}
      onClick={() => signOut.mutate()}
    >
      <LogOut size={18} aria-hidden />
    </ActionIcon>
  );
}
