import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";

import { changeItem, type Item, itemsKey } from "./items";

const item = (index: number) => ({ index, verdict: null }) as Item;

test("an item is changed in every list that holds it, and in no other job", () => {
  const queries = new QueryClient();
  const key = itemsKey("job_1");
  queries.setQueryData([...key, "one", 1], item(1));
  queries.setQueryData([...key, "page", 0], { data: [item(0), item(1)], next_cursor: null });
  queries.setQueryData([...key, "in", "succeeded"], { pages: [{ data: [item(1)] }], pageParams: [null] });
  queries.setQueryData([...itemsKey("job_2"), "one", 1], item(1));

  changeItem(queries, "job_1", 1, (each) => ({ ...each, verdict: "accepted" }));

  const accepted = { index: 1, verdict: "accepted" };
  expect(queries.getQueryData([...key, "one", 1])).toEqual(accepted);
  expect(queries.getQueryData([...key, "page", 0])).toMatchObject({ data: [item(0), accepted] });
  expect(queries.getQueryData([...key, "in", "succeeded"])).toMatchObject({ pages: [{ data: [accepted] }] });
  expect(queries.getQueryData([...itemsKey("job_2"), "one", 1])).toEqual(item(1));
});
