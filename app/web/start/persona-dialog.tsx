import { Button, Group, Input, Modal, SegmentedControl, Stack, Textarea, TextInput } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { CreatePersona } from "../../contract.ts";
import { useCreatePersona } from "../api/queries.ts";
import { Callout } from "../parts/callout.tsx";
import { generalMessage, issuesByField } from "../parts/issues.ts";

const fields = ["name", "description", "device"] as const;
const nobody: CreatePersona = { name: "", description: "", device: "desktop" };

interface PersonaDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onCreated: (id: string) => void;
}

export function PersonaDialog({ opened, onClose, onCreated }: PersonaDialogProps) {
  const [input, setInput] = useState(nobody);
  const create = useCreatePersona();
  const change = (part: Partial<CreatePersona>) => setInput((before) => ({ ...before, ...part }));
  const errors = issuesByField(create.error, fields);
  const problem = generalMessage(create.error, fields);
  const close = () => {
    create.reset();
    setInput(nobody);
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(input, { onSuccess: ({ id }) => (onCreated(id), close()) });
  };
  return (
    <Modal opened={opened} onClose={close} title="Create a persona">
      <form onSubmit={submit} noValidate aria-label="Create a persona">
        <Stack>
          <TextInput
            label="Name"
            placeholder="Hurried parent"
            required
            data-autofocus
            value={input.name}
            error={errors.name}
            onChange={({ currentTarget }) => change({ name: currentTarget.value })}
          />
          <Textarea
            label="Description"
            description="Goals, experience, patience: how this person uses a site."
            placeholder="Shops in the evening with one hand free, skims text, gives up after two errors."
            autosize
            minRows={3}
            maxRows={8}
            required
            value={input.description}
            error={errors.description}
            onChange={({ currentTarget }) => change({ description: currentTarget.value })}
          />
          <Input.Wrapper label="Device" labelElement="div" error={errors.device} labelProps={{ mb: 4 }}>
            <SegmentedControl
              aria-label="Device"
              fullWidth
              value={input.device}
              onChange={(device) => change({ device: device as CreatePersona["device"] })}
              data={[
                { value: "desktop", label: "Desktop" },
                { value: "phone", label: "Phone" },
              ]}
            />
          </Input.Wrapper>
          {problem && (
            <Callout icon={TriangleAlert} tone="critical" title="The persona was not created." role="alert">
              {problem}
            </Callout>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Not now
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create persona
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
