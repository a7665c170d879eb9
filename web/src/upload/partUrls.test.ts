import { expect, test, vi } from "vitest";

import type { UploadsApi } from "../api/uploads";
import { PartUrls } from "./partUrls";
import { Gateway } from "./testing";

const patience = { signal: new AbortController().signal };

/** Of an upload with 5 parts, of which the gateway names 2 at once. */
async function begun() {
  const gateway = new Gateway();
  const upload = await gateway.api.begin("a.zip", 20, patience.signal);
  const requests: (string | null)[] = [];
  const api: UploadsApi = {
    ...gateway.api,
    parts: (id, cursor, signal) => {
      requests.push(cursor);
      return gateway.api.parts(id, cursor, signal);
    },
  };
  return { upload, api, requests };
}

test("a page of URLs is requested when its first part is sent; the first one came with the upload", async () => {
  const { upload, api, requests } = await begun();
  const urls = new PartUrls(upload, api, patience);

  expect(await urls.of(2, false)).toBe("/upl_1/2");
  expect(requests).toEqual([]);
  expect([await urls.of(3, false), await urls.of(4, false)]).toEqual(["/upl_1/3", "/upl_1/4"]);
  expect(requests).toEqual(["2"]);
});

test("after a reload the pages before are needed for their cursors", async () => {
  const { upload, api, requests } = await begun();
  const known = await api.find(upload.id, patience.signal);

  expect(await new PartUrls(known, api, patience).of(5, false)).toBe("/upl_1/5");
  expect(requests).toEqual([null, "2", "4"]);
});

test("a retry and an expired page get new URLs", async () => {
  const { upload, api, requests } = await begun();
  const urls = new PartUrls(upload, api, patience);
  await urls.of(1, true);
  expect(requests).toEqual([null]);

  vi.useFakeTimers({ now: Date.now() + 900_000 });
  await urls.of(1, false);
  vi.useRealTimers();

  expect(requests).toEqual([null, null]);
});

test("a part that the gateway does not name is an error, not a wait", async () => {
  const { upload, api } = await begun();

  await expect(new PartUrls(upload, api, patience).of(6, false)).rejects.toThrow("no URL for part 6 of upl_1");
});
