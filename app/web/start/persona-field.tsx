import { Button, Radio, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Monitor, Smartphone, UserPlus } from "lucide-react";
import type { Persona } from "../../contract.ts";
import { PersonaDialog } from "./persona-dialog.tsx";
import classes from "./start.module.css";

interface PersonaFieldProps {
  /** `undefined` while they load. */
  readonly personas: readonly Persona[] | undefined;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (id: string) => void;
}

export function PersonaField({ personas, value, error, onChange }: PersonaFieldProps) {
  const [creating, { open, close }] = useDisclosure(false);
  return (
    <div>
      <Radio.Group
        label="Persona"
        description="Who uses the site. It decides the device and the manner."
        size="md"
        required
        value={value}
        error={error}
        onChange={onChange}
      >
        <div className={classes.personas}>
          {personas === undefined && <Skeleton height={88} radius="md" />}
          {personas?.map((persona) => (
            <PersonaCard key={persona.id} persona={persona} />
          ))}
        </div>
      </Radio.Group>
      <Button
        variant="subtle"
        size="compact-sm"
        mt={10}
        leftSection={<UserPlus size={16} aria-hidden />}
        onClick={open}
      >
        Create a persona
      </Button>
      <PersonaDialog opened={creating} onClose={close} onCreated={onChange} />
    </div>
  );
}

function PersonaCard({ persona }: { readonly persona: Persona }) {
  const Device = persona.device === "phone" ? Smartphone : Monitor;
  return (
    <Radio.Card value={persona.id} className={classes.persona}>
      <Radio.Indicator />
      <span className={classes.personaText}>
        <span className={classes.personaName}>
          {persona.name}
          <Device size={15} aria-label={`on a ${persona.device}`} />
        </span>
        <span className={classes.personaAbout}>{persona.description}</span>
      </span>
    </Radio.Card>
  );
}
