import type { ReactNode } from "react";
import { ApiFailure } from "../api/client.ts";
import { useMe, useSetup } from "../api/queries.ts";
import { SetUpPage } from "./set-up.tsx";
import { SignInPage } from "./sign-in.tsx";

/** Lets in who is signed in; shows everybody else the way. */
export function Gate({ children }: { readonly children: ReactNode }) {
  const { error } = useMe();
  const isOutside = error instanceof ApiFailure && error.status === 401;
  const setup = useSetup({ enabled: isOutside });
  if (!isOutside) return children;
  if (setup.data?.needsOwner) return <SetUpPage />;
  return setup.isPending ? null : <SignInPage />;
}
