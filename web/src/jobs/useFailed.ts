import { type Item, useItemsIn } from "../api/items";
import type { Job } from "../api/jobs";

/** Whoever asks for as many at a time shares the answers. */
export const FAILED_PER_PAGE = 50;

/** The failed pictures as far as they are known, and whether there are more. */
export function useFailed(job: Job): { known: Item[]; hasMore: boolean } {
  const { data, hasNextPage } = useItemsIn(job, { state: "failed" }, FAILED_PER_PAGE);
  return { known: data?.pages.flatMap((page) => page.data) ?? [], hasMore: hasNextPage };
}
