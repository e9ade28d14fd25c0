import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Bootstrap, CreatePersona, CreateSession, Me, Move, Persona, Session } from "../../contract.ts";
import { isActive } from "../parts/status.ts";
import { moveKey } from "./query-client.ts";
import { request } from "./client.ts";

const sessionsKey = ["sessions"];
const sessionKey = (id: string) => ["sessions", id];
const personasKey = ["personas"];

/** Milliseconds between two looks at what can change by itself. */
const whileActive = 2_000;
const whileIdle = 10_000;

export const useMe = () =>
  useQuery({ queryKey: ["me"], queryFn: () => request<Me>("GET", "/me"), staleTime: Infinity });

/** Milliseconds between two looks at whether TestFarm is being moved, and while it is. */
const betweenMoves = 5_000;
const whileMoving = 1_000;

/** Whether TestFarm is being moved, and where to. */
export const useMove = () =>
  useQuery({
    queryKey: moveKey,
    queryFn: () => request<Move>("GET", "/move"),
    refetchInterval: ({ state }) => (state.data?.isMoving ? whileMoving : betweenMoves),
  });

/** Whether the installation waits for its first owner; asked by who is not signed in. */
export const useSetup = ({ enabled }: { readonly enabled: boolean }) =>
  useQuery({
    queryKey: ["setup"],
    queryFn: () => request<{ readonly needsOwner: boolean }>("GET", "/setup"),
    enabled,
  });

interface Credentials {
  readonly email: string;
  readonly password: string;
}

const signInWith = ({ email, password }: Credentials) =>
  request<unknown>("POST", "/auth/sign-in/email", { email, password });

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({ mutationFn: signInWith, onSuccess: () => client.resetQueries() });
}

/** Makes the first owner and signs them in. */
export function useSetUp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (input: Bootstrap) => {
      await request<unknown>("POST", "/setup", input);
      return signInWith(input);
    },
    onSuccess: () => client.resetQueries(),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<unknown>("POST", "/auth/sign-out", {}),
    // Nothing of what was seen stays behind.
    onSuccess: () => client.resetQueries(),
  });
}

export const usePersonas = () =>
  useQuery({ queryKey: personasKey, queryFn: () => request<readonly Persona[]>("GET", "/personas") });

export const useSessions = () =>
  useQuery({
    queryKey: sessionsKey,
    queryFn: () => request<readonly Session[]>("GET", "/sessions"),
    refetchInterval: ({ state }) => (state.data?.some(isActive) ? whileActive : whileIdle),
  });

export const useSession = (id: string) =>
  useQuery({
    queryKey: sessionKey(id),
    queryFn: () => request<Session>("GET", `/sessions/${id}`),
    refetchInterval: ({ state }) => (state.data && !isActive(state.data) ? false : whileActive),
  });

/** Looks again at a session that is known to have changed. */
export function useRefreshSessions(): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(() => client.invalidateQueries({ queryKey: sessionsKey }), [client]);
}

export function useCreateSession() {
  const refresh = useRefreshSessions();
  return useMutation({
    mutationFn: (input: CreateSession) => request<Session>("POST", "/sessions", input),
    onSuccess: () => refresh(),
  });
}

export function useCreatePersona() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: CreatePersona) => request<Persona>("POST", "/personas", input),
    onSuccess: (persona) =>
      client.setQueryData<readonly Persona[]>(personasKey, (known) => [...(known ?? []), persona]),
  });
}

export function useCancelSession() {
  const refresh = useRefreshSessions();
  return useMutation({
    mutationFn: (id: string) => request<unknown>("POST", `/sessions/${id}/cancel`),
    onSuccess: () => refresh(),
  });
}

export function useDeleteSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<unknown>("DELETE", `/sessions/${id}`),
    onSuccess: (_, id) => {
      client.setQueryData<readonly Session[]>(sessionsKey, (known) =>
        known?.filter((each) => each.id !== id),
      );
    },
  });
}
