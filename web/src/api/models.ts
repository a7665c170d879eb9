import { useQuery } from "@tanstack/react-query";

import { answerOf, client } from "./client";

export function useModels() {
  return useQuery({ queryKey: ["models"], queryFn: () => answerOf(client.GET("/v1/models")), staleTime: Infinity });
}
