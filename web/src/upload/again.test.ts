import { expect, test } from "vitest";

import { OtherFiles, reopen, supplyAgain } from "./again";
import { arrange } from "./arrange";
import type { Root } from "./sources";
import { inMemory } from "./store";
import { Submission } from "./submission";
import { Gateway, MODIFIED, picked } from "./testing";

const files = [picked("Album/a.jpg"), picked("Album/b.jpg")];

async function interrupted(chosen = files, roots: readonly Root[] = []): Promise<Submission> {
  const [plan] = (await arrange(chosen)).plans;
  const gateway = new Gateway();
  const around = { connection: { api: gateway.api, send: gateway.send }, submit: gateway.submit, store: inMemory() };
  const { name, bytes } = plan?.source ?? { name: "", bytes: 0 };
  const record = {
    id: "1", name, bytes, count: 2, manifest: plan?.manifest ?? "", terms: {}, createdAt: 1, roots,
    isPaused: false, upload: null, partBytes: 0,
  };
  return new Submission(record, around, "interrupted");
}

function handle(permission: PermissionState, asked: PermissionState): FileSystemHandle {
  const file = new File(["scan"], "a.jpg", { lastModified: MODIFIED });
  return {
    kind: "file",
    name: "a.jpg",
    getFile: () => Promise.resolve(file),
    queryPermission: () => Promise.resolve(permission),
    requestPermission: () => Promise.resolve(asked),
  } as unknown as FileSystemHandle;
}

test("the same files continue an upload, even among others that are jobs by themselves", async () => {
  const submission = await interrupted();

  await supplyAgain(submission, [...files.toReversed(), picked("Album/1932.zip")]);

  expect(submission.hasSource).toBe(true);
});

test("what is missing or was changed is named", async () => {
  const submission = await interrupted();

  const others = [picked("Album/b.jpg", "scan", MODIFIED + 1), picked("Album/c.jpg")];
  const error: unknown = await supplyAgain(submission, others).catch((e: unknown) => e);

  expect(error).toBeInstanceOf(OtherFiles);
  expect(error).toMatchObject({ missing: ["Album/a.jpg"], changed: ["Album/b.jpg"] });
  expect(submission.hasSource).toBe(false);
});

test("handles are opened without a question if the browser allows it, else after one", async () => {
  const one = [picked("a.jpg")];

  expect(await reopen(await interrupted(one, [handle("granted", "denied")]), false)).toBe(true);
  expect(await reopen(await interrupted(one, [handle("prompt", "granted")]), false)).toBe(false);
  expect(await reopen(await interrupted(one, [handle("prompt", "granted")]), true)).toBe(true);
  expect(await reopen(await interrupted(one, [handle("prompt", "denied")]), true)).toBe(false);
});

test("files that the browser kept need no question; without any the files are asked for", async () => {
  const pasted = new File(["scan"], "a.jpg", { lastModified: MODIFIED });

  expect(await reopen(await interrupted([picked("a.jpg")], [pasted]), false)).toBe(true);
  expect(await reopen(await interrupted(), true)).toBe(false);
});

test("handles of files that have changed are no help", async () => {
  const submission = await interrupted([picked("a.jpg", "scans")], [handle("granted", "granted")]);

  await expect(reopen(submission, false)).rejects.toThrow(OtherFiles);
});
