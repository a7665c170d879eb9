// Who this browser is to the gateway. Signing in turns an API key into a cookie that scripts cannot read.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answerOf, client, type Schema } from "./client";

export type Session = Schema<"Session">;

export const SESSION = ["session"];

export function useSession() {
  return useQuery({ queryKey: SESSION, queryFn: () => answerOf(client.GET("/v1/session")), staleTime: 60_000 });
}

export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (key: string) =>
      answerOf(client.POST("/v1/session", { headers: { Authorization: `Bearer ${key.trim()}` } })),
    // Whatever was refused is asked for again, in place: no view is left.
    onSuccess: () => queries.invalidateQueries(),
  });
}

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answerOf(client.DELETE("/v1/session")),
    onSuccess: () => queries.resetQueries(),
  });
}
