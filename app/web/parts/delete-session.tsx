import type { Session } from "../../contract.ts";
import { useDeleteSession } from "../api/queries.ts";
import { Confirm } from "../layout/confirm.tsx";

interface DeleteSessionProps {
  readonly session: Session;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onDone?: () => void;
}

export function DeleteSession({ session, ...dialog }: DeleteSessionProps) {
  return (
    <Confirm
      {...dialog}
      id={session.id}
      mutation={useDeleteSession()}
      title="Delete this session?"
      yes="Delete session"
      no="Keep it"
    >
      Its steps, pictures and findings are removed for good.
    </Confirm>
  );
}
