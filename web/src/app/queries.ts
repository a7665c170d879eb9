// TanStack Query for the whole page: what is retried, and when somebody has to sign in.
import { QueryCache, QueryClient, MutationCache } from "@tanstack/react-query";

import { isTransient, needsSignIn } from "../api/problems";
import { requireSignIn } from "./signIn";

const RETRIES = 3;

function onError(error: Error): void {
  if (needsSignIn(error)) requireSignIn();
}

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => isTransient(error) && failures < RETRIES,
      // The address may well be of this machine: whether a network is up says nothing.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
