import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { CreatePersona, CreateSession, Me, Persona, Session } from "../../contract.ts";
import { isActive } from "../parts/status.ts";
import { request } from "./client.ts";

const sessionsKey = ["sessions"];
const sessionKey = (id: string) => ["sessions", id];
const personasKey = ["personas"];

/** Milliseconds between two looks at what can change by itself. */
const whileActive = 2_000;
const whileIdle = 10_000;

export const useMe = () =>
  useQuery({ queryKey: ["me"], queryFn: () => request<Me>("GET", "/me"), staleTime: Infinity });

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
