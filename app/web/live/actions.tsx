import { ActionIcon, Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { RotateCcw, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { Session } from "../../contract.ts";
import { useCancelSession } from "../api/queries.ts";
import { Confirm } from "../layout/confirm.tsx";
import { DeleteSession } from "../parts/delete-session.tsx";
import { isActive } from "../parts/status.ts";
import { startLike } from "../start/prefill.ts";
import classes from "./head.module.css";

/** What can be done with a session: stop it while it runs, repeat or delete it afterwards. */
export function Actions({ session }: { readonly session: Session }) {
  return (
    <div className={classes.actions}>
      {isActive(session) ? <Cancel session={session} /> : <After session={session} />}
    </div>
  );
}

function Cancel({ session }: { readonly session: Session }) {
  const [asking, { open, close }] = useDisclosure(false);
  // The worker ends the session at its next step; until then the button says what is under way.
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<Square size={14} aria-hidden />} loading={asked} onClick={open}>
        Cancel
      </Button>
      <Confirm
        opened={asking}
        onClose={close}
        onDone={() => setAsked(true)}
        id={session.id}
        mutation={useCancelSession()}
        title="Cancel this session?"
        yes="Cancel session"
        no="Let it run"
      >
        The browser closes. What was found so far stays.
      </Confirm>
    </>
  );
}

function After({ session }: { readonly session: Session }) {
  const [asking, { open, close }] = useDisclosure(false);
  const [, navigate] = useLocation();
  return (
    <>
      <Button
        component={Link}
        href={startLike(session)}
        variant="default"
        leftSection={<RotateCcw size={15} aria-hidden />}
      >
        Run again
      </Button>
      <ActionIcon
        variant="default"
        size={36}
        aria-label="Delete session"
        title="Delete session"
        onClick={open}
      >
        <Trash2 size={16} aria-hidden />
      </ActionIcon>
      <DeleteSession session={session} opened={asking} onClose={close} onDone={() => navigate("/")} />
    </>
  );
}
