/** Plain pages, without script or style: they are served under a policy that allows neither. */

/** `body` is HTML; `title` is a stranger's. */
export function page(title: string, body: string): Uint8Array {
  return new TextEncoder().encode(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><h1>${escaped(title)}</h1>${body}</html>`,
  );
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, mark => `&#${mark.charCodeAt(0)};`);
}
