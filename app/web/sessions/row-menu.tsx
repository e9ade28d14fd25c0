import { ActionIcon, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Ellipsis, RotateCcw, Trash2 } from "lucide-react";
import { Link } from "wouter";
import type { Session } from "../../contract.ts";
import { DeleteSession } from "../parts/delete-session.tsx";
import { isActive } from "../parts/status.ts";
import { startLike } from "../start/prefill.ts";
import classes from "./sessions.module.css";

export function RowMenu({ session }: { readonly session: Session }) {
  const [deleting, { open, close }] = useDisclosure(false);
  return (
    <>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <ActionIcon
            className={classes.menu}
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`More about "${session.objective}"`}
          >
            <Ellipsis size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component={Link}
            href={startLike(session)}
            leftSection={<RotateCcw size={16} aria-hidden />}
          >
            Run again
          </Menu.Item>
          <Menu.Item
            color="var(--critical)"
            leftSection={<Trash2 size={16} aria-hidden />}
            disabled={isActive(session)}
            onClick={open}
          >
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <DeleteSession session={session} opened={deleting} onClose={close} />
    </>
  );
}
