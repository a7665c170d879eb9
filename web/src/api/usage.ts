import { useQuery } from "@tanstack/react-query";

import { answerOf, client } from "./client";

/** How much the caller's jobs have stored. */
export function useUsage() {
  return useQuery({
    // Below the lists of jobs: what changes those changes this.
    queryKey: ["jobs", "usage"],
    queryFn: ({ signal }) => answerOf(client.GET("/v1/usage", { signal })),
    staleTime: 20_000,
  });
}
