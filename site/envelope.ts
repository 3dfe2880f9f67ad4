/** The envelope: a POST carries `action` and `data`; the reply is `{status: {code, text}, data}`, always HTTP 200. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export type Data = Record<string, unknown>;
export const isObject = (value: unknown): value is Data => Object(value) === value && !Array.isArray(value);

/** What the caller is told in `status`. Whatever else is thrown becomes a 500 without details. */
export class ApiError extends Error {
  code: number;
  constructor(code: 400 | 401 | 403 | 404, text: string) {
    super(text);
    this.code = code;
  }
}

/** Form fields with `data` as JSON text, or `application/json` where the site offers it. */
export async function readCall(req: IncomingMessage, json: boolean): Promise<{ action: string; data: Data }> {
  const type = req.headers['content-type'] ?? '';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > 2 * 1024 * 1024) throw new ApiError(400, 'The call is over 2 MiB (10,000 ids are 430 KB): send less');
    chunks.push(chunk);
  }
  try {
    const body = new Response(Buffer.concat(chunks), { headers: { 'content-type': type } });
    const isJson = json && type.startsWith('application/json');
    const { action, data = isJson ? {} : '{}' } = isJson
      ? await body.json()
      : Object.fromEntries(await body.formData());
    const parsed = isJson ? data : JSON.parse(data);
    if (typeof action === 'string' && isObject(parsed)) return { action, data: parsed };
  } catch {} // told below, in words that help
  throw new ApiError(400, 'A call is a POST with the form fields "action" (text) and "data" (a JSON object)');
}

export function reply(res: ServerResponse, { code, message }: { code: number; message: string }, data: unknown = {}) {
  if (!res.req.complete) res.shouldKeepAlive = false; // the rest of its body is not read
  res.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  res.end(JSON.stringify({ status: { code, text: message }, data }));
}
