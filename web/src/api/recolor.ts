// A picture's preview in other colors, while somebody tries them. Nothing is stored.
import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";

import { answerOf, client, type Schema } from "./client";

export type Coloring = Schema<"Coloring">;
export type Hint = Schema<"Hint">;

const KEPT_MS = 60_000;

/** A `data:` URL of the preview in these colors. A later coloring aborts the request for an earlier one. */
export function useRecolored(jobId: string, index: number, coloring: Omit<Coloring, "model"> | null) {
  return useQuery({
    queryKey: ["recolored", jobId, index, coloring],
    queryFn: coloring
      ? ({ signal }) => recolored(jobId, index, { model: null, ...coloring }, signal)
      : skipToken,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: KEPT_MS,
    retry: false,
  });
}

async function recolored(jobId: string, index: number, body: Coloring, signal: AbortSignal): Promise<string> {
  const params = { path: { job_id: jobId, index } };
  const request = client.POST("/v1/jobs/{job_id}/items/{index}/colorize", { params, body, signal, parseAs: "blob" });
  return dataUrl((await answerOf<unknown>(request)) as Blob);
}

/** Unlike an object URL, it needs nobody to release it. */
function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(reader.result as string);
    };
    reader.onerror = () => {
      reject(reader.error ?? new Error("The preview cannot be read."));
    };
    reader.readAsDataURL(blob);
  });
}
