import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Callout } from "../parts/callout.tsx";

interface ConfirmProps {
  readonly opened: boolean;
  readonly title: string;
  readonly children: ReactNode;
  /** What the button does, and what the one beside it keeps. */
  readonly yes: string;
  readonly no: string;
  readonly mutation: Pick<
    UseMutationResult<unknown, Error, string>,
    "mutate" | "isPending" | "error" | "reset"
  >;
  readonly id: string;
  readonly onClose: () => void;
  readonly onDone?: () => void;
}

/** Asks before a session is changed for good, and stays open with the reason when that fails. */
export function Confirm({ opened, title, children, yes, no, mutation, id, onClose, onDone }: ConfirmProps) {
  const close = () => {
    mutation.reset();
    onClose();
  };
  const confirm = () => mutation.mutate(id, { onSuccess: () => (close(), onDone?.()) });
  return (
    <Modal opened={opened} onClose={close} title={title}>
      <Stack>
        <Text size="sm">{children}</Text>
        {mutation.error && (
          <Callout icon={TriangleAlert} tone="critical" title="That did not work." role="alert">
            {mutation.error.message}
          </Callout>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {no}
          </Button>
          <Button color="red.8" loading={mutation.isPending} onClick={confirm}>
            {yes}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
