/** A path as its folder and its name. */

export function splitPath(path: string): { folder: string; name: string } {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return { folder: path.slice(0, Math.max(at, 0)) || path.slice(0, at + 1), name: path.slice(at + 1) };
}
