// The requests of an upload in parts. src/upload/ decides when to send which.
import { answerOf, client, type Schema } from "./client";

export type Upload = Schema<"Upload">;
export type BegunUpload = Schema<"BegunUpload">;
export type PartPage = Schema<"PartPage">;

export interface UploadsApi {
  begin: (filename: string, bytes: number, signal: AbortSignal) => Promise<BegunUpload>;
  find: (id: string, signal: AbortSignal) => Promise<Upload>;
  /** The URLs of the parts from `number` on. */
  parts: (id: string, cursor: string | null, signal: AbortSignal) => Promise<PartPage>;
  complete: (id: string, parts: Schema<"SentPart">[], signal: AbortSignal) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
}

const at = (id: string) => ({ path: { upload_id: id } });

export const uploadsApi: UploadsApi = {
  begin: (filename, bytes, signal) => answerOf(client.POST("/v1/uploads", { body: { filename, bytes }, signal })),
  find: (id, signal) => answerOf(client.GET("/v1/uploads/{upload_id}", { params: at(id), signal })),
  parts: (id, cursor, signal) =>
    answerOf(
      client.GET("/v1/uploads/{upload_id}/parts", { params: { ...at(id), query: cursor ? { after: cursor } : {} }, signal }),
    ),
  complete: (id, parts, signal) =>
    answerOf(client.POST("/v1/uploads/{upload_id}/complete", { params: at(id), body: { parts }, signal })),
  remove: (id) => answerOf(client.DELETE("/v1/uploads/{upload_id}", { params: at(id) })),
};
